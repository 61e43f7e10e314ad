using System.Security.Cryptography;

namespace LocalLlm.Models;

/// <summary>Computes the SHA-256 of a file while it is still being downloaded, as far as it is there from the beginning.</summary>
internal sealed class ContentHash(PartialFile file) : IDisposable
{
    private const int BufferBytes = 1024 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _generation = file.Generation;
    private long _position;

    /// <summary>Returns when the whole file is there and hashed.</summary>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            bool whole = file.IsComplete;
            Advance(cancellationToken);
            if (whole && _position == file.Length)
            {
                return Convert.ToHexStringLower(_hash.GetHashAndReset());
            }

            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _hash.Dispose();

    private void Advance(CancellationToken cancellationToken)
    {
        if (_generation != file.Generation)
        {
            _generation = file.Generation;
            _hash.GetHashAndReset();
            _position = 0;
        }

        long end = file.BytesFromStart;
        while (_position < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = file.Read(_position, _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, end - _position)));
            if (read == 0)
            {
                throw new IOException("The file became shorter while it was being downloaded.");
            }

            _hash.AppendData(_buffer, 0, read);
            _position += read;
        }
    }
}
