using System.CommandLine;
using System.CommandLine.Parsing;

namespace LocalLlm.Cli;

/// <summary>The options that say how an answer is drawn and where it ends.</summary>
internal sealed class SamplingOptions
{
    private readonly NumberOption<int> _maxTokens = new("--max-tokens", "N", "Stop after so many tokens.");
    private readonly NumberOption<float> _temperature = new("--temperature", "T", "How freely tokens are drawn; 0 takes the likeliest each time.");
    private readonly NumberOption<float> _dynatempRange = new("--dynatemp-range", "R", "Let the temperature go so far up where the model is unsure, and down where it is sure.");
    private readonly NumberOption<float> _dynatempExponent = new("--dynatemp-exp", "E", "How late it rises.");
    private readonly NumberOption<int> _topK = new("--top-k", "N", "Draw from the N likeliest tokens only.");
    private readonly NumberOption<float> _topP = new("--top-p", "P", "Draw from the likeliest tokens that have the probability P together.");
    private readonly NumberOption<float> _minP = new("--min-p", "P", "Draw from tokens at least P times as likely as the likeliest.");
    private readonly NumberOption<float> _typical = new("--typical", "P", "Draw from the tokens of most typical surprise that have the probability P together.");
    private readonly NumberOption<float> _topNSigma = new("--top-n-sigma", "N", "Draw from tokens whose logits are within N standard deviations of the greatest.");
    private readonly NumberOption<float> _xtcProbability = new("--xtc-probability", "P", "Take the likeliest tokens away so often.");
    private readonly NumberOption<float> _xtcThreshold = new("--xtc-threshold", "P", "Of those at least so likely all but the last.");
    private readonly NumberOption<int> _mirostat = new("--mirostat", "V", "Keep the text's surprise near a target by Mirostat 1 or 2 instead of the truncations; 0 is off.");
    private readonly NumberOption<float> _mirostatTau = new("--mirostat-tau", "T", "The target, in bits.");
    private readonly NumberOption<float> _mirostatEta = new("--mirostat-eta", "E", "How fast it is followed.");
    private readonly NumberOption<float> _repeatPenalty = new("--repeat-penalty", "X", "Make tokens of the last text less likely.");
    private readonly NumberOption<int> _repeatLastN = new("--repeat-last-n", "N", "How many tokens that looks at; -1 for all of the context.");
    private readonly NumberOption<float> _frequencyPenalty = new("--frequency-penalty", "X", "Make generated tokens less likely, each time more.");
    private readonly NumberOption<float> _presencePenalty = new("--presence-penalty", "X", "Make generated tokens less likely, once.");
    private readonly NumberOption<float> _dryMultiplier = new("--dry-multiplier", "X", "Make the continuation of repeated sequences less likely (DRY).");
    private readonly NumberOption<float> _dryBase = new("--dry-base", "X", "How fast that grows with the sequence.");
    private readonly NumberOption<int> _dryAllowedLength = new("--dry-allowed-length", "N", "Tokens that may be repeated.");
    private readonly Option<KeyValuePair<int, float>[]> _logitBias = new("--logit-bias")
    {
        HelpName = "ID=VALUE",
        Description = "Add to the logit of a token, -inf bans it; can be given several times.",
        CustomParser = ParseBiases,
    };
    private readonly NumberOption<long> _seed = new("--seed", "N", "The same seed draws the same answer.");
    private readonly Option<string[]> _stop = new("--stop") { HelpName = "S", Description = "End before this text; can be given several times." };

    internal SamplingOptions(Command command)
    {
        command.Add(_maxTokens);
        command.Add(_temperature);
        AddGroup(command, _dynatempRange, _dynatempExponent);
        command.Add(_topK);
        command.Add(_topP);
        command.Add(_minP);
        command.Add(_typical);
        command.Add(_topNSigma);
        AddGroup(command, _xtcProbability, _xtcThreshold);
        AddGroup(command, _mirostat, _mirostatTau, _mirostatEta);
        command.Add(_repeatPenalty);
        command.Add(_repeatLastN);
        command.Add(_frequencyPenalty);
        command.Add(_presencePenalty);
        AddGroup(command, _dryMultiplier, _dryBase, _dryAllowedLength);
        command.Add(_logitBias);
        command.Add(_seed);
        command.Add(_stop);
    }

    internal GenerationOptions ForGenerate(ParseResult parsed) => new()
    {
        MaxOutputTokens = parsed.GetValue(_maxTokens),
        Temperature = parsed.GetValue(_temperature),
        DynamicTemperature = DynamicTemperature(parsed),
        TopK = parsed.GetValue(_topK),
        TopP = parsed.GetValue(_topP),
        MinP = parsed.GetValue(_minP),
        TypicalP = parsed.GetValue(_typical),
        TopNSigma = parsed.GetValue(_topNSigma),
        Xtc = Xtc(parsed),
        Mirostat = Mirostat(parsed),
        RepetitionPenalty = parsed.GetValue(_repeatPenalty),
        PenaltyWindow = parsed.GetValue(_repeatLastN),
        FrequencyPenalty = parsed.GetValue(_frequencyPenalty),
        PresencePenalty = parsed.GetValue(_presencePenalty),
        Dry = Dry(parsed),
        LogitBias = LogitBias(parsed),
        Seed = parsed.GetValue(_seed),
        StopSequences = parsed.GetValue(_stop),
    };

    internal LocalChatOptions ForChat(ParseResult parsed) => new()
    {
        MaxOutputTokens = parsed.GetValue(_maxTokens),
        Temperature = parsed.GetValue(_temperature),
        DynamicTemperature = DynamicTemperature(parsed),
        TopK = parsed.GetValue(_topK),
        TopP = parsed.GetValue(_topP),
        MinP = parsed.GetValue(_minP),
        TypicalP = parsed.GetValue(_typical),
        TopNSigma = parsed.GetValue(_topNSigma),
        Xtc = Xtc(parsed),
        Mirostat = Mirostat(parsed),
        RepetitionPenalty = parsed.GetValue(_repeatPenalty),
        PenaltyWindow = parsed.GetValue(_repeatLastN),
        FrequencyPenalty = parsed.GetValue(_frequencyPenalty),
        PresencePenalty = parsed.GetValue(_presencePenalty),
        Dry = Dry(parsed),
        LogitBias = LogitBias(parsed),
        Seed = parsed.GetValue(_seed),
        StopSequences = parsed.GetValue(_stop),
    };

    // The details of what is not asked for would do nothing: that is a mistake, and told.
    private static void AddGroup(Command command, Option main, params Option[] details)
    {
        command.Add(main);
        foreach (Option detail in details)
        {
            command.Add(detail);
            command.Validators.Add(result =>
            {
                if (result.GetResult(detail) is not null && result.GetResult(main) is null)
                {
                    result.AddError($"{detail.Name} needs {main.Name}.");
                }
            });
        }
    }

    private DynamicTemperatureOptions? DynamicTemperature(ParseResult parsed)
    {
        DynamicTemperatureOptions standard = new();
        return parsed.GetValue(_dynatempRange) is { } range
            ? new DynamicTemperatureOptions { Range = range, Exponent = parsed.GetValue(_dynatempExponent) ?? standard.Exponent }
            : null;
    }

    private XtcOptions? Xtc(ParseResult parsed)
    {
        XtcOptions standard = new();
        return parsed.GetValue(_xtcProbability) is { } probability
            ? new XtcOptions { Probability = probability, Threshold = parsed.GetValue(_xtcThreshold) ?? standard.Threshold }
            : null;
    }

    private MirostatOptions? Mirostat(ParseResult parsed)
    {
        MirostatOptions standard = new();
        return parsed.GetValue(_mirostat) is { } version
            ? new MirostatOptions
            {
                Version = version,
                Tau = parsed.GetValue(_mirostatTau) ?? standard.Tau,
                Eta = parsed.GetValue(_mirostatEta) ?? standard.Eta,
            }
            : null;
    }

    private DryOptions? Dry(ParseResult parsed)
    {
        DryOptions standard = new();
        return parsed.GetValue(_dryMultiplier) is { } multiplier
            ? new DryOptions
            {
                Multiplier = multiplier,
                Base = parsed.GetValue(_dryBase) ?? standard.Base,
                AllowedLength = parsed.GetValue(_dryAllowedLength) ?? standard.AllowedLength,
            }
            : null;
    }

    // Given twice for one token, the last one holds.
    private Dictionary<int, float>? LogitBias(ParseResult parsed) =>
        parsed.GetValue(_logitBias)?.GroupBy(bias => bias.Key).ToDictionary(biases => biases.Key, biases => biases.Last().Value);

    private static KeyValuePair<int, float>[] ParseBiases(ArgumentResult result)
    {
        List<KeyValuePair<int, float>> biases = [];
        foreach (Token token in result.Tokens)
        {
            if (TokenBias.TryParse(token.Value, out KeyValuePair<int, float> bias))
            {
                biases.Add(bias);
            }
            else
            {
                result.AddError($"--logit-bias takes a token's id and a number, such as 42=-1.5 or 42=-inf, not '{token.Value}'.");
            }
        }
        return [.. biases];
    }
}
