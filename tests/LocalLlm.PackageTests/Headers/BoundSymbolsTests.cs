using System.Runtime.InteropServices;

namespace LocalLlm.PackageTests;

public sealed partial class BoundSymbolsTests
{
    [Fact]
    public async Task Imports_are_found_by_library_and_native_name()
    {
        byte[] assembly = await File.ReadAllBytesAsync(typeof(BoundSymbolsTests).Module.FullyQualifiedName, TestContext.Current.CancellationToken);

        ILookup<string, string> symbols = BoundSymbols.Of(assembly);

        Assert.Equal(["sample_blittable", "sample_marshalled", "sample_renamed"], symbols["sample"].Order());
        Assert.Equal(["sample_other"], symbols["sample-other"]);
    }

    private static partial class Sample
    {
        [LibraryImport("sample")]
        public static partial int sample_blittable(int value);

        [LibraryImport("sample", StringMarshalling = StringMarshalling.Utf8)]
        public static partial int sample_marshalled(string text);

        [LibraryImport("sample", EntryPoint = "sample_renamed")]
        public static partial void Renamed();

        [LibraryImport("sample-other")]
        public static partial void sample_other();
    }
}
