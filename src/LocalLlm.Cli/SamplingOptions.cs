using System.CommandLine;

namespace LocalLlm.Cli;

/// <summary>The options that say how an answer is drawn and where it ends.</summary>
internal sealed class SamplingOptions
{
    private readonly NumberOption<int> _maxTokens = new("--max-tokens", "N", "Stop after so many tokens.");
    private readonly NumberOption<float> _temperature = new("--temperature", "T", "How freely tokens are drawn; 0 takes the likeliest each time.");
    private readonly NumberOption<int> _topK = new("--top-k", "N", "Draw from the N likeliest tokens only.");
    private readonly NumberOption<float> _topP = new("--top-p", "P", "Draw from the likeliest tokens that have the probability P together.");
    private readonly NumberOption<float> _minP = new("--min-p", "P", "Draw from tokens at least P times as likely as the likeliest.");
    private readonly NumberOption<long> _seed = new("--seed", "N", "The same seed draws the same answer.");
    private readonly Option<string[]> _stop = new("--stop") { HelpName = "S", Description = "End before this text; can be given several times." };

    internal SamplingOptions(Command command)
    {
        command.Add(_maxTokens);
        command.Add(_temperature);
        command.Add(_topK);
        command.Add(_topP);
        command.Add(_minP);
        command.Add(_seed);
        command.Add(_stop);
    }

    internal GenerationOptions ForGenerate(ParseResult parsed) => new()
    {
        MaxOutputTokens = parsed.GetValue(_maxTokens),
        Temperature = parsed.GetValue(_temperature),
        TopK = parsed.GetValue(_topK),
        TopP = parsed.GetValue(_topP),
        MinP = parsed.GetValue(_minP),
        Seed = parsed.GetValue(_seed),
        StopSequences = parsed.GetValue(_stop),
    };

    internal LocalChatOptions ForChat(ParseResult parsed) => new()
    {
        MaxOutputTokens = parsed.GetValue(_maxTokens),
        Temperature = parsed.GetValue(_temperature),
        TopK = parsed.GetValue(_topK),
        TopP = parsed.GetValue(_topP),
        MinP = parsed.GetValue(_minP),
        Seed = parsed.GetValue(_seed),
        StopSequences = parsed.GetValue(_stop),
    };
}
