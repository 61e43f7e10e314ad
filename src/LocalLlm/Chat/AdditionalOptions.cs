using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>
/// Options that come by name in <see cref="ChatOptions.AdditionalProperties"/>, as middleware and configuration give them.
/// Names that are not known are passed over; a value that is not of its kind is refused.
/// </summary>
internal static class AdditionalOptions
{
    /// <summary>The options with those that come by name; what is set as an option of its own stays.</summary>
    /// <exception cref="ArgumentException">A value is not of its kind.</exception>
    internal static LocalChatOptions Apply(ChatOptions? options)
    {
        LocalChatOptions local = LocalChatOptions.Copy(options);
        if (local.AdditionalProperties is not { Count: > 0 } named)
        {
            return local;
        }

        local.MinP ??= (float?)Number(named, "min_p");
        local.TypicalP ??= (float?)Number(named, "typical_p");
        local.TopNSigma ??= (float?)Number(named, "top_n_sigma");
        local.RepetitionPenalty ??= (float?)Number(named, "repeat_penalty") ?? (float?)Number(named, "repetition_penalty");
        local.PenaltyWindow ??= Integer(named, "repeat_last_n");
        local.LogProbabilities ??= Integer(named, "top_logprobs");
        local.Grammar ??= Text(named, "grammar");
        if (local.Mirostat is null && Integer(named, "mirostat") is { } version)
        {
            MirostatOptions standard = new();
            local.Mirostat = new MirostatOptions
            {
                Version = version,
                Tau = (float?)Number(named, "mirostat_tau") ?? standard.Tau,
                Eta = (float?)Number(named, "mirostat_eta") ?? standard.Eta,
            };
        }

        return local;
    }

    private static double? Number(AdditionalPropertiesDictionary named, string key)
    {
        if (!named.TryGetValue(key, out object? value) || value is null or JsonElement { ValueKind: JsonValueKind.Null })
        {
            return null;
        }

        string? text = value is JsonElement element ? element.ToString() : (value as IConvertible)?.ToString(CultureInfo.InvariantCulture);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new ArgumentException($"{nameof(ChatOptions.AdditionalProperties)} has {key} = {value}, which is no number.", nameof(named));
    }

    private static int? Integer(AdditionalPropertiesDictionary named, string key) => Number(named, key) switch
    {
        null => null,
        { } number when number == Math.Truncate(number) && Math.Abs(number) <= int.MaxValue => (int)number,
        { } number => throw new ArgumentException($"{nameof(ChatOptions.AdditionalProperties)} has {key} = {number}, which is no whole number.", nameof(named)),
    };

    private static string? Text(AdditionalPropertiesDictionary named, string key)
    {
        if (!named.TryGetValue(key, out object? value) || value is null or JsonElement { ValueKind: JsonValueKind.Null })
        {
            return null;
        }

        return value switch
        {
            string text => text,
            JsonElement { ValueKind: JsonValueKind.String } text => text.GetString(),
            _ => throw new ArgumentException($"{nameof(ChatOptions.AdditionalProperties)} has {key} = {value}, which is no text.", nameof(named)),
        };
    }
}
