using System.Reflection.PortableExecutable;

namespace LocalLlm.PackageTests;

/// <summary>64-bit PE: the names in the export and import directories.</summary>
internal static class PeHeader
{
    private const int ImportSize = 20;

    public static NativeHeader Read(byte[] file)
    {
        var headers = new PEHeaders(new MemoryStream(file));
        string rid = headers.CoffHeader.Machine switch
        {
            Machine.Amd64 => "win-x64",
            Machine.Arm64 => "win-arm64",
            Machine other => throw new InvalidDataException($"PE machine {other}."),
        };
        return new NativeHeader(rid, Exports(file, headers), Imports(file, headers));
    }

    private static HashSet<string> Exports(byte[] file, PEHeaders headers)
    {
        if (headers.PEHeader!.ExportTableDirectory.Size == 0)
        {
            return [];
        }

        long directory = Offset(headers, headers.PEHeader.ExportTableDirectory.RelativeVirtualAddress);
        long names = Offset(headers, (int)file.U32(directory + 32));
        return [.. Enumerable.Range(0, (int)file.U32(directory + 24)).Select(i => file.Text(Offset(headers, (int)file.U32(names + (4 * i)))))];
    }

    private static HashSet<string> Imports(byte[] file, PEHeaders headers)
    {
        HashSet<string> imports = [];
        for (long library = Offset(headers, headers.PEHeader!.ImportTableDirectory.RelativeVirtualAddress); file.U32(library) != 0; library += ImportSize)
        {
            // Negative: imported by number, without a name.
            for (long entry = Offset(headers, (int)file.U32(library)); file.I64(entry) != 0; entry += 8)
            {
                if (file.I64(entry) > 0)
                {
                    imports.Add(file.Text(Offset(headers, (int)file.I64(entry)) + 2));
                }
            }
        }

        return imports;
    }

    private static long Offset(PEHeaders headers, int address)
    {
        SectionHeader section = headers.SectionHeaders[headers.GetContainingSectionIndex(address)];
        return address - section.VirtualAddress + section.PointerToRawData;
    }
}
