using System.Buffers;

namespace LocalLlm.Gguf;

/// <summary>Copies a model with edited metadata.</summary>
internal static class MetadataEditor
{
    private const int CopyBytes = 1024 * 1024;

    public static IReadOnlyList<string> Write(string sourcePath, string destinationPath, Action<GgufMetadataBuilder> edit, bool overwrite, CancellationToken cancellationToken)
    {
        List<AtomicFile> files = [];
        try
        {
            string[] paths;
            using (GgufFile source = GgufFile.Open(sourcePath))
            {
                ReadOnlySpan<PartHeader> parts = source.PartHeaders;
                paths = Paths(Path.GetFullPath(destinationPath), parts.Length);
                GgufMetadataBuilder metadata = Edited(source, edit);
                for (int i = 0; i < parts.Length; i++)
                {
                    AtomicFile file = new(paths[i], overwrite);
                    files.Add(file);
                    long from = i == 0 ? WriteHeader(parts[i], metadata, file.Stream) : 0;
                    Copy(parts[i].Source, from, file.Stream, cancellationToken);
                    file.FinishWriting();
                }
            }

            // The model is closed: its own name can be taken. The first part comes last: with it, a set is complete.
            for (int i = files.Count - 1; i >= 0; i--)
            {
                files[i].Publish();
            }

            return paths;
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private static GgufMetadataBuilder Edited(GgufFile source, Action<GgufMetadataBuilder> edit)
    {
        GgufMetadataBuilder metadata = new();
        metadata.CopyFrom(source.Metadata);
        GgufMetadataBuilder before = metadata.Clone();
        edit(metadata);
        foreach (string key in GgufKeys.Split)
        {
            if (source.PartHeaders.Length > 1 && !before.RawValue(key).AsSpan().SequenceEqual(metadata.RawValue(key)))
            {
                throw new ArgumentException($"The edit changes '{key}' of a split model: merge or split it instead.", nameof(edit));
            }
        }

        if (metadata.Alignment != source.PartHeaders[0].Alignment)
        {
            throw new ArgumentException($"The edit changes '{GgufKeys.Alignment}', by which the tensors lie: write the model anew with GgufWriter.", nameof(edit));
        }

        return metadata;
    }

    /// <summary>Writes the edited header with the tensors' entries as they are; returns where in the source the rest begins.</summary>
    private static long WriteHeader(PartHeader part, GgufMetadataBuilder metadata, Stream stream)
    {
        using HeaderLease lease = part.Buffer.Acquire();
        HeaderWriter writer = new(stream);
        writer.WriteStart(part.Version, part.TensorCount, metadata);
        writer.WriteBytes(lease.Bytes[part.TensorsStart..part.HeaderEnd]);
        writer.Finish(part.TensorCount > 0, part.Alignment);
        return part.DataOffset;
    }

    private static void Copy(GgufSource source, long from, Stream destination, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            int read;
            while ((read = source.Read(from, buffer)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                destination.Write(buffer, 0, read);
                from += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (from < source.Length)
        {
            throw new GgufFormatException($"{source.Location} ends at byte {from}: it was cut while it was copied.", from, "file");
        }
    }

    private static string[] Paths(string destination, int count)
    {
        if (count == 1)
        {
            return [destination];
        }

        string prefix = SplitName.TryParse(destination, out SplitName name) && name.Count == count
            ? name.Prefix
            : SplitName.PrefixOf(destination);
        return [.. Enumerable.Range(0, count).Select(i => SplitName.Format(prefix, i, count))];
    }
}
