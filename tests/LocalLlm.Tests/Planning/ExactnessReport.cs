using System.Globalization;
using System.Text;

namespace LocalLlm.Tests.Planning;

/// <summary>How far plans were from llama.cpp's own account.</summary>
internal sealed class ExactnessReport
{
    private const double MiB = 1 << 20;

    private readonly List<string> _failures = [];
    private readonly SortedDictionary<string, (long Low, long High, int Rows)> _bounds = [];
    private long _verifiedLow = long.MaxValue;
    private long _verifiedHigh = long.MinValue;
    private readonly List<double> _times = [];
    private int _verified;

    /// <summary>Cases that a typed error refused.</summary>
    public int Refused { get; set; }

    /// <summary>Plans that llama.cpp was not asked about, for their recurrent states.</summary>
    public int Unasked { get; set; }

    /// <summary>Plans that were loaded on fake GPUs with no byte more than their budgets.</summary>
    public int Allocated { get; set; }

    /// <summary>Plans that asking llama.cpp put more modules on GPUs for.</summary>
    public int Gained { get; set; }

    /// <summary>Notes how long a verified plan took.</summary>
    public void Time(TimeSpan elapsed) => _times.Add(elapsed.TotalMilliseconds);

    /// <summary>Notes a compute buffer.</summary>
    public void Compute(OffloadPlan plan, long planned, long native, bool isHost = false)
    {
        if (native == 0 && planned == 0)
        {
            return;
        }

        long over = planned - native;
        if (plan.Verified)
        {
            _verifiedLow = Math.Min(_verifiedLow, over);
            _verifiedHigh = Math.Max(_verifiedHigh, over);
            _verified++;
            return;
        }

        string key = $"{plan.Architecture}{(isHost ? ", RAM" : "")}";
        (long low, long high, int rows) = _bounds.GetValueOrDefault(key, (long.MaxValue, long.MinValue, 0));
        _bounds[key] = (Math.Min(low, over), Math.Max(high, over), rows + 1);
        if (over < 0)
        {
            Assert.Fail($"{(isHost ? "RAM" : "A GPU")}: compute bound {planned / MiB:0.00} MiB, llama.cpp takes {native / MiB:0.00}.\n{plan}");
        }
    }

    public void Fail(string described, Exception e) => _failures.Add($"{described}\n{e.GetType().Name}: {e.Message}\n{e.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("LocalLlm", StringComparison.Ordinal))}");

    public void AssertGood(int count)
    {
        Assert.True(_failures.Count == 0, $"{_failures.Count} of {count} failed.\n{string.Join("\n\n", _failures.Take(12))}");
        Assert.True(Refused + Unasked < count / 3, $"{Refused} of {count} were refused.");
    }

    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{_failures.Count} failed, {Refused} refused, {Unasked} not asked, {Allocated} allocated within budgets, {Gained} gained modules.\n");
        text.Append(CultureInfo.InvariantCulture, $"Verified compute: {_verified} buffers, {_verifiedLow} to {_verifiedHigh} bytes over.\n");
        if (_times.Count > 0)
        {
            _times.Sort();
            text.Append(CultureInfo.InvariantCulture, $"Verified plans took {_times[_times.Count / 2]:0.0} ms (median), {_times[^1]:0.0} ms at most.\n");
        }

        foreach ((string name, (long low, long high, int rows)) in _bounds)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {rows} buffers, bounds {low / MiB:0.0} to {high / MiB:0.0} MiB over.\n");
        }

        text.AppendJoin("\n\n", _failures);
        return text.ToString();
    }
}
