using System.Globalization;

namespace LocalLlm.Hardware;

/// <summary>PCI addresses, which every library writes in its own way: ggml 0000:c1:00.0, NVML 00000000:C1:00.0.</summary>
internal static class PciAddress
{
    /// <summary>The address with four digits of domain, in lower case; null for what is no PCI address.</summary>
    internal static string? Normalize(string? text)
    {
        string[] parts = (text ?? "").Split(':', '.');
        int[] numbers = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return null;
            }
        }

        return numbers switch
        {
            [int domain, int bus, int device, int function] => string.Create(CultureInfo.InvariantCulture, $"{domain:x4}:{bus:x2}:{device:x2}.{function:x}"),
            [int bus, int device, int function] => string.Create(CultureInfo.InvariantCulture, $"0000:{bus:x2}:{device:x2}.{function:x}"),
            _ => null,
        };
    }
}
