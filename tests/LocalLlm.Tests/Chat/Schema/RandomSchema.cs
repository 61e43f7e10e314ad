using System.Text.Json.Nodes;

namespace LocalLlm.Tests.Chat.Schema;

/// <summary>Schemas at random, some of which no value keeps and some of which can't be kept.</summary>
internal sealed class RandomSchema
{
    private static readonly string[] Types = ["null", "boolean", "integer", "number", "string", "array", "object"];
    private static readonly string[] Names = ["a", "b", "ab", "c", "x-1", "é\"\\", ""];
    private static readonly string[] Patterns = ["^a", "b$", "^[a-c]{1,3}$", "a|b", "^x-[0-9]+$", "^(ab|a)*$", "[^a-z]", "^\\d{2,3}\\.\\w?$", "^$", ".", "^\"[^\"]*\"$", "^[^\\s]{2,4}$", "c{2}"];
    private static readonly string[] Formats = ["date", "time", "date-time", "uuid", "email", "ipv4", "ipv6", "uri", "phone"];
    private static readonly double[] Bounds = [-1000, -12.5, -3, -1, -0.001, 0, 0.5, 1, 2.25, 7, 9.99, 10, 99, 100.125, 1234567, 1e12];
    private static readonly string[] Values = ["null", "true", "0", "-1", "2.5", "10", "\"\"", "\"a\"", "\"ab\"", "\"b\\n\"", "[]", "[1,\"a\"]", "{}", "{\"a\":1}", "{\"a\":\"b\",\"b\":null}"];

    private readonly Random _random;

    private RandomSchema(Random random) => _random = random;

    internal static string Write(Random random)
    {
        RandomSchema writer = new(random);
        JsonObject root = writer.Object(random.Next(1, 4));
        if (random.Next(2) == 0)
        {
            root["$defs"] = new JsonObject { ["one"] = writer.Schema(1), ["two"] = writer.Schema(2) };
        }
        else
        {
            root["$defs"] = new JsonObject { ["one"] = true, ["two"] = new JsonObject { ["type"] = "integer" } };
        }

        return root.ToJsonString();
    }

    private JsonNode Schema(int depth) => _random.Next(25) switch
    {
        0 => JsonValue.Create(true),
        1 => JsonValue.Create(_random.Next(3) > 0),
        2 or 3 => new JsonObject { ["$ref"] = Pick("#/$defs/one", "#/$defs/two", "#") },
        _ => Object(depth),
    };

    private JsonObject Object(int depth)
    {
        JsonObject schema = [];
        string[] types = [.. Enumerable.Range(0, Chance(5) ? 2 : 1).Select(_ => Pick(depth == 0 ? Types[..5] : Types)).Distinct()];
        if (!Chance(8))
        {
            schema["type"] = types.Length == 1 && !Chance(5) ? types[0] : new JsonArray([.. types.Select(type => (JsonNode)type)]);
        }

        Maybe(schema, 12, "nullable", () => Chance(2));
        foreach (string type in types)
        {
            AddKeywords(schema, type, depth);
        }

        Maybe(schema, 9, "enum", () => new JsonArray([.. Enumerable.Range(0, _random.Next(1, 6)).Select(_ => JsonNode.Parse(Pick(Values)))]));
        Maybe(schema, 25, "const", () => JsonNode.Parse(Pick(Values)));
        if (depth > 0)
        {
            Maybe(schema, 6, "anyOf", () => Schemas(depth - 1));
            Maybe(schema, 9, "oneOf", () => Schemas(depth - 1));
            Maybe(schema, 8, "allOf", () => Schemas(depth - 1));
            Maybe(schema, 15, "$ref", () => Pick("#/$defs/one", "#/$defs/two"));
        }

        Maybe(schema, 9, "description", () => "Something.");
        return schema;
    }

    private void AddKeywords(JsonObject schema, string type, int depth)
    {
        switch (type)
        {
            case "integer" or "number":
                Maybe(schema, 2, "minimum", () => Pick(Bounds));
                Maybe(schema, 3, "maximum", () => Pick(Bounds));
                Maybe(schema, 5, "exclusiveMinimum", () => Pick(Bounds));
                Maybe(schema, 5, "exclusiveMaximum", () => Pick(Bounds));
                break;
            case "string":
                Maybe(schema, 3, "minLength", () => _random.Next(4));
                Maybe(schema, 3, "maxLength", () => _random.Next(2, 9));
                Maybe(schema, 3, "pattern", () => Pick(Patterns));
                Maybe(schema, 7, "format", () => Pick(Formats));
                break;
            case "array":
                Maybe(schema, 1, "items", () => Schema(depth - 1));
                Maybe(schema, 4, "prefixItems", () => Schemas(depth - 1));
                Maybe(schema, 3, "minItems", () => _random.Next(3));
                Maybe(schema, 2, "maxItems", () => _random.Next(1, 4));
                break;
            case "object":
                Maybe(schema, 1, "properties", () => Map(Names, depth - 1));
                Maybe(schema, 2, "required", () => new JsonArray([.. Names.Where(_ => Chance(4)).Select(name => (JsonNode)name)]));
                Maybe(schema, 3, "additionalProperties", () => Schema(depth - 1));
                Maybe(schema, 6, "patternProperties", () => Map(Patterns, depth - 1));
                Maybe(schema, 9, "propertyNames", () => new JsonObject { ["pattern"] = Pick(Patterns), ["maxLength"] = 4 });
                Maybe(schema, 6, "minProperties", () => _random.Next(3));
                Maybe(schema, 6, "maxProperties", () => _random.Next(1, 4));
                break;
        }
    }

    private JsonObject Map(string[] names, int depth) => new(names.Where(_ => Chance(3)).Select(name => KeyValuePair.Create<string, JsonNode?>(name, Schema(depth))));

    private JsonArray Schemas(int depth) => [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Schema(depth))];

    private void Maybe(JsonObject schema, int oneIn, string keyword, Func<JsonNode?> value)
    {
        if (Chance(oneIn) && !schema.ContainsKey(keyword))
        {
            schema[keyword] = value();
        }
    }

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private T Pick<T>(params T[] from) => from[_random.Next(from.Length)];
}
