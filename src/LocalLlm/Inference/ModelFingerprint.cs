using System.Buffers.Binary;
using System.Security.Cryptography;
using LocalLlm.Gguf;

namespace LocalLlm.Inference;

/// <summary>
/// Tells model files apart without reading all of them: SHA-256 over each part's length, its header (metadata and list of
/// tensors), and 64 samples of 4 KiB spread over its weights.
/// </summary>
internal static class ModelFingerprint
{
    private const int Samples = 64;
    private const int SampleBytes = 4096;

    internal static string Of(GgufFile file)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> sample = stackalloc byte[SampleBytes];
        foreach (PartHeader part in file.PartHeaders)
        {
            long length = part.Source.Length ?? 0;
            BinaryPrimitives.WriteInt64LittleEndian(sample, length);
            hash.AppendData(sample[..sizeof(long)]);
            using (HeaderLease lease = part.Buffer.Acquire())
            {
                hash.AppendData(lease.Bytes[..part.HeaderEnd]);
            }

            long last = Math.Max(part.DataOffset, length - SampleBytes);
            for (int i = 0; i < Samples; i++)
            {
                long offset = part.DataOffset + ((last - part.DataOffset) / (Samples - 1) * i);
                hash.AppendData(sample[..part.Source.Read(offset, sample)]);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
