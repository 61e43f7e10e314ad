using System.Globalization;
using BenchmarkDotNet.Running;
using LocalLlm;
using LocalLlm.Benchmarks;

// engine [PAIRS] [MODEL…]: the comparisons of the engine, as Markdown. All else goes to BenchmarkDotNet.
if (args is ["engine", ..])
{
    int pairs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 15;
    await EngineComparison.RunAsync(args.Length > 2 ? args[2..] : [GuideModel.Path], pairs);
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
}
