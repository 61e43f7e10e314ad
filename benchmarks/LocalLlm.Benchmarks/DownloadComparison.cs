using System.Diagnostics;
using System.Globalization;

namespace LocalLlm.Benchmarks;

/// <summary>The store's downloads beside curl's, from a server in another process on this machine: in alternating pairs, by medians.</summary>
internal sealed class DownloadComparison(Uri server, string folder, int pairs, long bytes)
{
    private const long SlowRate = 50_000_000;

    internal static async Task RunAsync(int pairs, int megabytes, string parent)
    {
        string folder = Directory.CreateDirectory(Path.Combine(parent, $"localllm-download-{Guid.NewGuid():N}")).FullName;
        try
        {
            string file = Path.Combine(folder, "served.gguf");
            long bytes = megabytes * 1_000_000L;
            await WriteAsync(file, bytes);
            ProcessStartInfo start = new("dotnet", [typeof(DownloadComparison).Assembly.Location, DownloadServer.Command, file]) { RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            try
            {
                Uri server = new((await process.StandardOutput.ReadLineAsync())!);
                Console.WriteLine($"{megabytes} MB, {pairs} pairs, medians");
                Console.WriteLine();
                await new DownloadComparison(server, folder, pairs, bytes).WriteTableAsync();
            }
            finally
            {
                process.Kill();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task WriteAsync(string file, long bytes)
    {
        await using FileStream stream = File.Create(file);
        byte[] piece = new byte[1_000_000];
        Random random = new(0);
        for (long at = 0; at < bytes; at += piece.Length)
        {
            random.NextBytes(piece);
            if (at == 0)
            {
                "GGUF"u8.CopyTo(piece);
            }

            await stream.WriteAsync(piece);
        }
    }

    private async Task WriteTableAsync()
    {
        Console.WriteLine("| | curl, MB/s | pull, MB/s | median of pull/curl |");
        Console.WriteLine("|---|---:|---:|---:|");
        Uri plain = new(server, "model.gguf");
        Uri slow = new(server, $"slow/{SlowRate}/model.gguf");
        await WritePairsAsync("an address", () => CurlAsync(plain, check: false), () => PullAsync($"{plain}"));
        await WritePairsAsync("the hub, checked (curl and sha256sum)", () => CurlAsync(plain, check: true), () => PullAsync($"hf:{DownloadServer.Repository}"));
        await WritePairsAsync($"a server with {SlowRate / 1_000_000} MB/s for each connection", () => CurlAsync(slow, check: false), () => PullAsync($"{slow}"));
    }

    private async Task WritePairsAsync(string what, Func<Task> curl, Func<Task> pull)
    {
        List<double> theirs = [];
        List<double> ours = [];
        for (int pair = 0; pair <= pairs; pair++)
        {
            double a = await RateAsync(curl);
            double b = await RateAsync(pull);

            // The first pair does not count: code is compiled, and the file is read into memory.
            if (pair > 0)
            {
                theirs.Add(a);
                ours.Add(b);
            }
        }

        double ratio = Median([.. ours.Zip(theirs, (b, a) => b / a)]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {Median(theirs):0} | {Median(ours):0} | {ratio:0.00} |"));
    }

    private async Task<double> RateAsync(Func<Task> downloadAsync)
    {
        long start = Stopwatch.GetTimestamp();
        await downloadAsync();
        return bytes / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private async Task CurlAsync(Uri address, bool check)
    {
        string file = Path.Combine(folder, "curl.gguf");
        await RunProgramAsync("curl", "--silent", "--fail", "--output", file, address.ToString());
        if (check)
        {
            await RunProgramAsync("sha256sum", file);
        }

        File.Delete(file);
    }

    private async Task PullAsync(string reference)
    {
        ModelStore store = new(new ModelStoreOptions { CacheDirectory = Path.Combine(folder, "hub"), Endpoint = server, Token = "", Offline = false });
        await store.PullAsync((await store.FindAsync(ModelReference.Parse(reference)))[0]);
        Directory.Delete(store.CacheDirectory, recursive: true);
    }

    private static async Task RunProgramAsync(string program, params IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
        }
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
