using LocalLlm.Gguf;

namespace LocalLlm.Tests.Gguf;

public sealed class GgufRoundTripTests
{
    [Fact]
    public void Arbitrary_models_are_read_as_they_were_written() => PropertyRun.Check(
        ModelCase.Cases,
        model =>
        {
            byte[] bytes = model.Build();
            using GgufFile file = SampleModel.Open(bytes);
            Assert.Equal(model.Version, file.Parts[0].Version);
            Assert.Equal(model.Metadata.Select(entry => entry.Key), file.Metadata.Keys);
            foreach ((string key, object value) in model.Metadata)
            {
                // Bytes, since NaNs differ in theirs.
                Assert.Equal(ValueEncoder.Any(value), ValueEncoder.Any(file.Metadata.GetValue(key)));
            }

            Assert.Equal(model.Tensors.Select(tensor => tensor.Name), file.Tensors.Select(tensor => tensor.Name));
            foreach (TensorCase tensor in model.Tensors)
            {
                Assert.True(file.TryGetTensor(tensor.Name, out GgufTensorInfo? info));
                Assert.Equal(tensor.Type, info.Type);
                Assert.Equal(tensor.Shape, info.Shape);
                Assert.Equal(0, info.FileOffset % (model.Alignment ?? 32));
                byte[] data = new byte[info.ByteLength];
                file.CopyTensor(tensor.Name, 0, data);
                Assert.Equal(tensor.Data(), data);
            }

            file.ThrowIfDamaged();
            Assert.Equal(bytes, GgufWriterTests.Rewrite(bytes));
        },
        share: 10);

    [Fact]
    public void Arbitrary_models_are_edited_split_and_merged_without_loss()
    {
        using TestFolder folder = new();
        int number = 0;
        PropertyRun.Check(
            ModelCase.Cases,
            model =>
            {
                string name = $"m{number++}";
                byte[] bytes = model.Build();
                string path = folder.Write($"{name}.gguf", bytes);
                GgufFile.EditMetadata(path, folder.File($"{name}-copy.gguf"), metadata => metadata.SetUInt32("added", 1));
                GgufFile.EditMetadata(folder.File($"{name}-copy.gguf"), folder.File($"{name}-copy.gguf"), metadata => metadata.Remove("added"), overwrite: true);
                if (!model.Metadata.Any(entry => entry.Key == "added"))
                {
                    Assert.Equal(bytes, File.ReadAllBytes(folder.File($"{name}-copy.gguf")));
                }

                GgufSplitOptions options = number % 2 == 0
                    ? new GgufSplitOptions { MaxTensors = 1 + (number % 5), NoTensorsInFirstPart = number % 3 == 0 }
                    : new GgufSplitOptions { MaxBytes = 1 + (number * 37 % 5000) };
                IReadOnlyList<string> parts = GgufSplitter.Split(path, path, options);
                GgufSplitter.Merge(parts[number % parts.Count], folder.File($"{name}-merged.gguf"));
                Assert.Equal(bytes, File.ReadAllBytes(folder.File($"{name}-merged.gguf")));
                foreach (string file in folder.Names())
                {
                    File.Delete(folder.File(file));
                }
            },
            share: 40);
    }
}
