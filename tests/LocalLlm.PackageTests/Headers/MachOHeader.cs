namespace LocalLlm.PackageTests;

/// <summary>64-bit Mach-O: the external symbols of the symbol table.</summary>
internal static class MachOHeader
{
    private const uint SymbolTable = 2;
    private const int SymbolSize = 16;
    private const int Debugging = 0xE0, Private = 0x10, Type = 0x0E, External = 0x01;

    public static NativeHeader Read(byte[] file)
    {
        string rid = file.U32(4) switch
        {
            0x0100_0007 => "osx-x64",
            0x0100_000C => "osx-arm64",
            uint other => throw new InvalidDataException($"Mach-O processor 0x{other:X}."),
        };
        HashSet<string> exports = [], imports = [];
        long command = 32;
        while (file.U32(command) != SymbolTable)
        {
            command += file.U32(command + 4);
        }

        long start = file.U32(command + 8);
        long names = file.U32(command + 16);
        for (long symbol = start; symbol < start + ((long)file.U32(command + 12) * SymbolSize); symbol += SymbolSize)
        {
            int flags = file[symbol + 4];
            if ((flags & External) != 0 && (flags & (Debugging | Private)) == 0)
            {
                bool defined = (flags & Type) != 0;
                // C names carry a leading underscore.
                (defined ? exports : imports).Add(file.Text(names + file.U32(symbol))[1..]);
            }
        }

        return new NativeHeader(rid, exports, imports);
    }
}
