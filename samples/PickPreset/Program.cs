// Which variant of a model would three machines run? PickPreset [FILE|FOLDER|hf:owner/repo|https://…]: reads headers only, downloads nothing.
using LocalLlm;

ModelReference model = ModelReference.Parse(args is [var given, ..] && given != "guide" ? given : GuideModel.Path);
ModelStore store = new();
(string Name, string Machine)[] machines =
[
    ("a laptop", "ram=12GiB/16GiB,cores=6,bandwidth=45GB/s"),
    ("a desktop with a GPU", "gpu0=11GiB/12GiB,ram=28GiB/32GiB,cores=8,bandwidth=60GB/s"),
    ("a server with two GPUs", "gpu0=23GiB/24GiB,gpu1=23GiB/24GiB,ram=120GiB/128GiB,cores=16,bandwidth=80GB/s"),
];
foreach ((string name, string machine) in machines)
{
    try
    {
        ModelChoice choice = await store.ChooseAsync(model, HardwareProfile.Parse(machine));
        Console.WriteLine($"{name} ({machine}) runs {choice.Preset.FileType}, {choice.Preset.Chosen.Reason}:");
        Console.WriteLine(choice.Preset);
    }
    catch (NotEnoughMemoryException tooLarge)
    {
        Console.WriteLine($"{name} ({machine}) can't run it. {tooLarge.Message}");
    }
}
