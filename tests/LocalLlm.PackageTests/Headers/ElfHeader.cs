namespace LocalLlm.PackageTests;

/// <summary>64-bit ELF: the dynamic symbol table.</summary>
internal static class ElfHeader
{
    private const int DynamicSymbols = 11;
    private const int SymbolSize = 24;

    public static NativeHeader Read(byte[] file)
    {
        string rid = file.U16(0x12) switch
        {
            0x3E => "linux-x64",
            0xB7 => "linux-arm64",
            ushort other => throw new InvalidDataException($"ELF machine 0x{other:X}."),
        };
        HashSet<string> exports = [], imports = [];
        long symbols = Enumerable.Range(0, file.U16(0x3C)).Select(Section).First(s => file.U32(s + 4) == DynamicSymbols);
        long names = file.I64(Section((int)file.U32(symbols + 0x28)) + 0x18);
        long start = file.I64(symbols + 0x18);
        for (long symbol = start; symbol < start + file.I64(symbols + 0x20); symbol += SymbolSize)
        {
            bool defined = file.U16(symbol + 6) != 0;
            (defined ? exports : imports).Add(file.Text(names + file.U32(symbol)));
        }

        return new NativeHeader(rid, exports, imports);

        long Section(int index) => file.I64(0x28) + ((long)index * file.U16(0x3A));
    }
}
