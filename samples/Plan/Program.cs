// Plans the guide model, or a GGUF file or address, for a machine that need not exist: Plan [MODEL|URL] [MACHINE]
using LocalLlm;

string name = args is [var given, ..] && given != "guide" ? given : GuideModel.Path;
HardwareProfile machine = HardwareProfile.Parse(args is [_, var described, ..] ? described : "gpu0=24GiB,gpu1=8GiB,ram=64GiB,cores=8");
using GgufFile model = name.Contains("://") ? await GgufFile.OpenAsync(new Uri(name)) : GgufFile.Open(name);     // reads the header only

OffloadPlan plan = OffloadPlanner.Plan(model, machine, new PlanOptions { KvCacheType = KvCacheType.Q8_0 });
Console.WriteLine(plan);
foreach (DevicePlan device in plan.Devices)
{
    Console.WriteLine($"{device.Name} has {device.Modules} modules and uses {device.UsedBytes:N0} of {device.BudgetBytes:N0} bytes.");
}
Console.WriteLine($"The placement, to change and plan again:\n{plan.DeviceMap}");
