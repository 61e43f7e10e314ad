namespace LocalLlm.PackageTests;

/// <summary>What the header of a shared library tells: the machine it is for, what it exports and what it takes from others.</summary>
internal sealed record NativeHeader(string Rid, IReadOnlySet<string> Exports, IReadOnlySet<string> Imports)
{
    public static NativeHeader Read(byte[] file) => file switch
    {
        [0x7F, (byte)'E', (byte)'L', (byte)'F', ..] => ElfHeader.Read(file),
        [(byte)'M', (byte)'Z', ..] => PeHeader.Read(file),
        [0xCF, 0xFA, 0xED, 0xFE, ..] => MachOHeader.Read(file),
        _ => throw new InvalidDataException("Neither ELF nor PE nor 64-bit Mach-O."),
    };
}
