using System.Globalization;
using BenchmarkDotNet.Running;
using LocalLlm;
using LocalLlm.Benchmarks;

// engine [PAIRS] [MODEL…]: the comparisons of the engine, as Markdown.
// download [PAIRS] [MEGABYTES] [FOLDER]: downloads beside curl, as Markdown.
// quality MODEL TEXT: size, quality and speed of each type of a model, as Markdown.
// All else goes to BenchmarkDotNet.
if (args is ["engine", ..])
{
    int pairs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 15;
    await EngineComparison.RunAsync(args.Length > 2 ? args[2..] : [GuideModel.Path], pairs);
}
else if (args is ["download", ..])
{
    int pairs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 7;
    int megabytes = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 512;
    await DownloadComparison.RunAsync(pairs, megabytes, args.Length > 3 ? args[3] : Path.GetTempPath());
}
else if (args is ["quality", var quantized, var text])
{
    await QualityTable.RunAsync(quantized, text);
}
else if (args is [QualityTable.Child, var variant])
{
    await QualityTable.MeasureAsync(variant);
}
else if (args is [DownloadServer.Command, var file])
{
    await DownloadServer.RunAsync(file);
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
}
