using System.CommandLine;

namespace LocalLlm.Cli;

/// <summary>What commands use of the machine that they run on.</summary>
internal static class ThisMachine
{
    /// <summary>Its store of models.</summary>
    internal static ModelStore Store(ParseResult parsed) => new(new ModelStoreOptions { LoggerFactory = Diagnostics.LoggerFactory(parsed) });

    /// <summary>What it has.</summary>
    /// <param name="parsed">Says whether the native log is wanted.</param>
    /// <param name="measureMemory">Whether a choice depends on how fast its memory is, which takes a quarter of a second to measure.</param>
    /// <param name="diskPath">The file or folder whose disk counts.</param>
    internal static HardwareProfile Profile(ParseResult parsed, bool measureMemory, string? diskPath = null)
    {
        NativeRuntime.Load(loggerFactory: Diagnostics.LoggerFactory(parsed));
        return HardwareProfile.Detect(new HardwareDetectionOptions { DiskPath = diskPath, MeasureMemory = measureMemory });
    }
}
