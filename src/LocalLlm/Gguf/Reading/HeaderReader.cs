namespace LocalLlm.Gguf;

/// <summary>Reads a header from its source in steps that double, until the parser has all of it.</summary>
internal static class HeaderReader
{
    /// <summary>Reads a header; takes over the source, also when it throws.</summary>
    public static PartHeader Read(GgufSource source)
    {
        HeaderBuffer buffer = new();
        try
        {
            HeaderParser? parser = null;
            long needed = source.FirstRead;
            while (needed > 0)
            {
                int asked = Reserve(buffer, source, needed);
                int read = source.Read(buffer.Length, buffer.Free[..asked]);
                needed = Take(ref parser, buffer, source, needed, read, asked);
            }

            return Finish(source, buffer, parser!);
        }
        catch
        {
            buffer.Dispose();
            source.Dispose();
            throw;
        }
    }

    /// <summary>Reads a header; takes over the source, also when it throws.</summary>
    public static async ValueTask<PartHeader> ReadAsync(GgufSource source, CancellationToken cancellationToken)
    {
        HeaderBuffer buffer = new();
        try
        {
            HeaderParser? parser = null;
            long needed = source.FirstRead;
            while (needed > 0)
            {
                int asked = Reserve(buffer, source, needed);
                int read = await source.ReadAsync(buffer.Length, buffer.FreeMemory[..asked], cancellationToken).ConfigureAwait(false);
                needed = Take(ref parser, buffer, source, needed, read, asked);
            }

            return Finish(source, buffer, parser!);
        }
        catch
        {
            buffer.Dispose();
            source.Dispose();
            throw;
        }
    }

    /// <summary>Makes room for the bytes needed, at least twice what is there, at most the file; returns how many to read.</summary>
    private static int Reserve(HeaderBuffer buffer, GgufSource source, long needed)
    {
        long wanted = Math.Max(needed, buffer.Length * 2L);
        wanted = Math.Min(wanted, Math.Max(1, Math.Min(source.Length ?? long.MaxValue, source.MaxHeaderBytes)));
        buffer.Reserve((int)Math.Max(wanted, buffer.Length + 1L));
        return buffer.Capacity - buffer.Length;
    }

    private static long Take(ref HeaderParser? parser, HeaderBuffer buffer, GgufSource source, long needed, int read, int asked)
    {
        buffer.Advance(read);

        // The first read tells the length of a remote file.
        parser ??= new HeaderParser(source.Location, source.Length ?? (read < asked ? buffer.Length : null), source.MaxHeaderBytes);
        long next = parser.Advance(buffer.Filled);
        if (next > 0 && read < asked)
        {
            throw new GgufFormatException(
                $"{source.Location} ends at byte {buffer.Length}, within its header.", buffer.Length, "header");
        }

        return next;
    }

    private static PartHeader Finish(GgufSource source, HeaderBuffer buffer, HeaderParser parser)
    {
        source.HeaderDone();
        buffer.Trim();
        return new PartHeader(source, buffer, parser);
    }
}
