namespace LocalLlm.Models;

/// <summary>What is to be fetched, cut into pieces that are handed out in the order of the file.</summary>
internal sealed class PieceQueue
{
    private const long MinPiece = 4 * 1024 * 1024;
    private const long MaxPiece = 64 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<ByteRange> _pieces = new();

    /// <param name="missing">What is to be fetched.</param>
    /// <param name="connections">How many fetch at a time: each gets some pieces, so that all end at about the same time.</param>
    public PieceQueue(IReadOnlyList<ByteRange> missing, int connections)
    {
        long size = Math.Clamp(missing.Sum(range => range.Length) / (connections * 4L), MinPiece, MaxPiece);
        foreach (ByteRange range in missing)
        {
            for (long from = range.From; from < range.To; from += size)
            {
                _pieces.Enqueue(new ByteRange(from, Math.Min(range.To, from + size)));
            }
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _pieces.Count;
            }
        }
    }

    public bool TryTake(out ByteRange piece)
    {
        lock (_lock)
        {
            return _pieces.TryDequeue(out piece);
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _pieces.Clear();
        }
    }
}
