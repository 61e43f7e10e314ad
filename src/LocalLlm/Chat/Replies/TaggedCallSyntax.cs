namespace LocalLlm.Chat.Replies;

/// <summary>A call is a tag that names the function, with a tag for each argument in it.</summary>
internal sealed record TaggedCallSyntax : CallSyntax
{
    /// <summary>What stands behind the function's name; empty: an argument or the call's end does.</summary>
    internal required string NameEnd { get; init; }

    /// <summary>What ends the tag that names the function, behind attributes; empty: <see cref="NameEnd"/> does.</summary>
    internal string HeadEnd { get; init; } = "";

    /// <summary>What begins an argument; its name follows.</summary>
    internal required string ParameterStart { get; init; }

    /// <summary>What stands behind an argument's name.</summary>
    internal required string KeyEnd { get; init; }

    /// <summary>What stands before an argument's value, behind attributes; empty: <see cref="KeyEnd"/> does.</summary>
    internal string ValueStart { get; init; } = "";

    /// <summary>What stands behind an argument's value; <c>{0}</c> in it is the argument's name.</summary>
    internal required string ParameterEnd { get; init; }

    /// <summary>What ends the call.</summary>
    internal required string CallEnd { get; init; }

    /// <summary>A value stands on lines of its own.</summary>
    internal bool HasLines { get; init; }

    /// <summary>Tags stand on lines of their own: what the model is to write, not what is read.</summary>
    internal string Space { get; init; } = "";

    /// <summary>Lists and objects are written as tags too.</summary>
    internal bool IsNested { get; init; }

    internal override IEnumerable<string> Markers => [.. base.Markers, CallEnd];

    /// <summary>What may follow an argument.</summary>
    internal MarkerSet Followers => field ??= new MarkerSet([ParameterStart, CallEnd, .. Ends]);

    internal override CallReader CreateReader(string start, IReadOnlyList<ReplyFunction> functions) => new TaggedCallReader(this, start, functions);

    /// <summary>What stands behind the value of an argument.</summary>
    internal string EndOf(string key) => ParameterEnd.Replace("{0}", key, StringComparison.Ordinal);
}
