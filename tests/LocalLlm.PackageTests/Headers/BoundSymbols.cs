using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace LocalLlm.PackageTests;

/// <summary>The native functions that a managed assembly imports, from its metadata: what LibraryImport and DllImport compile to.</summary>
internal static class BoundSymbols
{
    public static ILookup<string, string> Of(byte[] assembly)
    {
        using var file = new PEReader(new MemoryStream(assembly));
        MetadataReader metadata = file.GetMetadataReader();
        return metadata.MethodDefinitions.Select(metadata.GetMethodDefinition)
            .Where(m => m.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
            .Select(m => m.GetImport())
            .ToLookup(i => metadata.GetString(metadata.GetModuleReference(i.Module).Name), i => metadata.GetString(i.Name));
    }
}
