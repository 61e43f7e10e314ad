using LocalLlm.Gguf;

namespace LocalLlm;

/// <content>Opening over HTTP.</content>
public sealed partial class GgufFile
{
    private const int FirstHttpRead = 1024 * 1024;

    // Parts after the first hold no vocabulary, only the entries of their tensors.
    private const int FirstHttpReadOfLaterParts = 64 * 1024;

    /// <summary>
    /// Opens a model on a server, or all parts of a split set from the address of any part. Only the headers are read,
    /// by range requests that start at 1 MiB and double; a server without ranges is read from the beginning as far as
    /// needed. Redirects are followed, to https only from https.
    /// </summary>
    /// <param name="address">An absolute http or https address of a GGUF file.</param>
    /// <param name="options">How to talk to the server; null for the defaults.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The open model; dispose it.</returns>
    /// <exception cref="ArgumentException">The address is not an absolute http or https one, or an option is out of its range.</exception>
    /// <exception cref="DownloadException">The server refused, kept failing, did not keep to HTTP, changed the file meanwhile, or would make us read more than allowed.</exception>
    /// <exception cref="GgufFormatException">The header can't be read: not GGUF, version 1, big-endian, cut off or damaged.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Task<GgufFile> OpenAsync(Uri address, GgufHttpOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.IsAbsoluteUri || !HttpAddress.IsHttp(address))
        {
            throw new ArgumentException($"'{address}' is not an absolute http or https address. Local files are opened by path.", nameof(address));
        }

        options ??= new GgufHttpOptions();
        options.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        return OpenRemoteAsync(address, options, cancellationToken);
    }

    private static async Task<GgufFile> OpenRemoteAsync(Uri address, GgufHttpOptions options, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.OpenTimeout);
        try
        {
            return await OpenRemotePartsAsync(address, options, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DownloadException(
                address, $"Opening {HttpAddress.Display(address)} took longer than {options.OpenTimeout.TotalSeconds:0.###} seconds (GgufHttpOptions.OpenTimeout).", null, e);
        }
        catch (OperationCanceledException e)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    private static async Task<GgufFile> OpenRemotePartsAsync(Uri address, GgufHttpOptions options, CancellationToken cancellationToken)
    {
        HttpBudget budget = new(options.MaxBytes);
        List<PartHeader> parts = [];
        PartHeader? opened = null;
        try
        {
            opened = await HeaderReader.ReadAsync(new HttpSource(address, options, budget, FirstHttpRead), cancellationToken).ConfigureAwait(false);
            if (SplitSet.Of(opened, address.AbsolutePath) is SplitName split)
            {
                for (int i = 0; i < split.Count; i++)
                {
                    int firstRead = i == 0 ? FirstHttpRead : FirstHttpReadOfLaterParts;
                    parts.Add(i == split.Number
                        ? opened
                        : await HeaderReader.ReadAsync(
                            new HttpSource(HttpAddress.WithPath(address, split.Of(i)), options, budget, firstRead), cancellationToken).ConfigureAwait(false));
                }
            }
            else
            {
                parts.Add(opened);
            }

            budget.Lift();
            return new GgufFile([.. parts]);
        }
        catch
        {
            opened?.Dispose();
            parts.ForEach(part => part.Dispose());
            throw;
        }
    }
}
