using System.Text;
using System.Text.Json;
using LocalLlm.Chat.Schema;

namespace LocalLlm.Tests.Chat.Schema;

public sealed class RefusedSchemaTests
{
    [Theory]
    [InlineData("""{"not":{"type":"string"}}""", "$.not")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":1}}""", "$.if")]
    [InlineData("""{"properties":{"a":{"then":{}}}}""", "$.properties.a.then")]
    [InlineData("""{"type":"object","dependentRequired":{"a":["b"]}}""", "$.dependentRequired")]
    [InlineData("""{"type":"object","dependentSchemas":{"a":{}}}""", "$.dependentSchemas")]
    [InlineData("""{"type":"object","dependencies":{"a":["b"]}}""", "$.dependencies")]
    [InlineData("""{"type":"object","unevaluatedProperties":false}""", "$.unevaluatedProperties")]
    [InlineData("""{"type":"array","unevaluatedItems":false}""", "$.unevaluatedItems")]
    [InlineData("""{"$dynamicRef":"#a"}""", "$.$dynamicRef")]
    [InlineData("""{"type":"string","minLenght":1}""", "$.minLenght")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "$.uniqueItems")]
    [InlineData("""{"type":"array","contains":{"type":"integer"}}""", "$.contains")]
    [InlineData("""{"properties":{"n":{"type":"number","multipleOf":0.01}}}""", "$.properties.n.multipleOf")]
    [InlineData("""{"type":"integer","multipleOf":5}""", "$.multipleOf")]
    [InlineData("""{"type":"number","minimum":1e99999}""", "$.minimum")]
    [InlineData("""{"properties":{"a b":{"items":{"pattern":"(?=x)y"}}}}""", "$.properties['a b'].items.pattern")]
    [InlineData("""{"type":"string","pattern":"(?<!x)y"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"(a)\\1"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"\\bword\\b"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"(?i)a"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"^\\p{Script=Greek}$"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"(a{1000}){1000}"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"(a|b)*a(a|b){16}"}""", "$.pattern")]
    [InlineData("""{"type":"object","patternProperties":{"\\B":{}}}""", @"$.patternProperties['\\B']")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "$.oneOf[1]")]
    [InlineData("""{"properties":{"x":{"oneOf":[{"type":"string","maxLength":5},{"type":"string","minLength":5}]}}}""", "$.properties.x.oneOf[1]")]
    [InlineData("""{"oneOf":[{"enum":[[],null]},true]}""", "$.oneOf[0]")]
    [InlineData("""{"oneOf":[{"type":"object"},{"type":"object","properties":{"a":{}}}]}""", "$.oneOf[1]")]
    [InlineData("""{"type":"object","propertyNames":{"oneOf":[{"pattern":"^a"},{"pattern":"b$"}]}}""", "$.propertyNames.oneOf[1]")]
    [InlineData("""{"type":"object","properties":{"a":{}},"minProperties":2}""", "$")]
    public void What_cannot_be_kept_is_refused_with_its_place(string schema, string path) =>
        Assert.Contains($" {path}: ", Assert.Throws<NotSupportedException>(() => JsonGrammar.Of(JsonElement.Parse(schema))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("1", "$")]
    [InlineData("""["string"]""", "$")]
    [InlineData("""{"type":"text"}""", "$.type")]
    [InlineData("""{"type":["string",1]}""", "$.type")]
    [InlineData("""{"type":null}""", "$.type")]
    [InlineData("""{"nullable":"yes","type":"string"}""", "$.nullable")]
    [InlineData("""{"properties":[]}""", "$.properties")]
    [InlineData("""{"properties":{"a":1}}""", "$.properties.a")]
    [InlineData("""{"required":"a"}""", "$.required")]
    [InlineData("""{"items":3}""", "$.items")]
    [InlineData("""{"prefixItems":{}}""", "$.prefixItems")]
    [InlineData("""{"minItems":-1}""", "$.minItems")]
    [InlineData("""{"maxLength":1.5}""", "$.maxLength")]
    [InlineData("""{"minimum":"1"}""", "$.minimum")]
    [InlineData("""{"enum":{}}""", "$.enum")]
    [InlineData("""{"anyOf":[]}""", "$.anyOf")]
    [InlineData("""{"anyOf":[{"type":"string"},"x"]}""", "$.anyOf[1]")]
    [InlineData("""{"additionalProperties":"no"}""", "$.additionalProperties")]
    [InlineData("""{"pattern":1}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"(a"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"a)"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"[b-a]"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"[ab"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"*a"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"a{3,2}"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"\\x1"}""", "$.pattern")]
    [InlineData("""{"type":"string","pattern":"\\"}""", "$.pattern")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "$.$ref")]
    [InlineData("""{"items":{"$ref":"other.json"}}""", "$.items.$ref")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":5}}""", "$.$defs.a")]
    [InlineData("""{"$ref":"#"}""", "$")]
    [InlineData("""{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"}""", "$.$defs.a")]
    [InlineData("false", "$")]
    [InlineData("""{"type":[]}""", "$")]
    [InlineData("""{"type":"string","enum":[1,2]}""", "$")]
    [InlineData("""{"allOf":[{"type":"string"},{"type":"integer"}]}""", "$")]
    [InlineData("""{"type":"integer","minimum":5,"maximum":4}""", "$")]
    [InlineData("""{"type":"object","properties":{"a":false},"required":["a"]}""", "$")]
    [InlineData("""{"type":"string","minLength":3,"pattern":"^a?$"}""", "$")]
    [InlineData("""{"type":"array","items":false,"minItems":1}""", "$")]
    [InlineData("""{"enum":["\ud800"]}""", "$.enum[0]")]
    [InlineData("""{"properties":{"\udc00x":{}}}""", "$.properties")]
    public void What_is_no_schema_or_allows_nothing_is_refused_with_its_place(string schema, string path)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => JsonGrammar.Of(JsonElement.Parse(schema)));
        Assert.Contains($" {path}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_schemas_are_kept_or_refused_but_end_no_process()
    {
        StringBuilder chain = new("{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
        StringBuilder unions = new("{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
        StringBuilder properties = new("{\"type\":\"object\",\"properties\":{");
        for (int i = 0; i < 2000; i++)
        {
            chain.Append($"\"d{i}\":{{\"type\":\"object\",\"properties\":{{\"a\":{{\"$ref\":\"#/$defs/d{i + 1}\"}}}},\"required\":[\"a\"]}},");
            unions.Append($"\"d{i}\":{{\"anyOf\":[{{\"type\":\"null\"}},{{\"$ref\":\"#/$defs/d{i + 1}\"}}]}},");
            properties.Append($"\"p{i}\":{{\"type\":\"boolean\"}},");
        }

        string end = "\"d2000\":{\"type\":\"integer\"}}}";
        Assert.NotEmpty(JsonGrammar.Of(JsonElement.Parse(chain + end)).Text);
        Assert.NotEmpty(JsonGrammar.Of(JsonElement.Parse(properties + "\"end\":{}}}")).Text);
        Assert.Throws<NotSupportedException>(() => JsonGrammar.Of(JsonElement.Parse(unions + end)));
        Assert.Throws<NotSupportedException>(() => JsonGrammar.Of(JsonElement.Parse($$"""{"type":"string","pattern":"{{new string('(', 100_000)}}{{new string(')', 100_000)}}"}""")));
    }
}
