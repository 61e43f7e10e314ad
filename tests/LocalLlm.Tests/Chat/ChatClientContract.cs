using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat;

/// <summary>What every <see cref="IChatClient"/> owes its callers, whatever the model behind it.</summary>
public abstract class ChatClientContract
{
    protected static readonly AIFunctionDeclaration Weather = AIFunctionFactory.CreateDeclaration(
        "get_weather",
        "Tells the weather in a city.",
        JsonElement.Parse("""{"type":"object","properties":{"city":{"type":"string","description":"The city."}},"required":["city"]}"""));

    private static readonly string[] Kinds = ["big", "small"];

    protected abstract LocalModel Model { get; }

    /// <summary>A question whose answer is text of several tokens, and ends by itself.</summary>
    protected abstract Question Plain { get; }

    /// <summary>A question, with <see cref="Weather"/> offered, whose answer is one call of it.</summary>
    protected abstract Question Calling { get; }

    private IChatClient Client => Model.AsChatClient();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_streamed_answer_is_the_answer()
    {
        ChatResponse whole = await Client.GetResponseAsync(Plain.Messages, Plain.Options, Token);
        List<ChatResponseUpdate> updates = await StreamAsync(Plain);

        Assert.NotEmpty(whole.Text);
        Assert.Equal(whole.Text, updates.ToChatResponse().Text);
        Assert.True(updates.Count > 2, $"{updates.Count} updates");
    }

    [Fact]
    public async Task Updates_belong_together()
    {
        foreach (Question question in new[] { Plain, Calling })
        {
            List<ChatResponseUpdate> updates = await StreamAsync(question);

            Assert.All(updates, u => Assert.Equal((ChatRole.Assistant, Model.Info.Name), (u.Role!.Value, u.ModelId)));
            Assert.Single(updates.Select(u => (u.MessageId, u.ResponseId, u.CreatedAt)).Distinct());
            Assert.NotEmpty(updates[0].MessageId!);
            Assert.True(updates[0].CreatedAt > DateTimeOffset.UnixEpoch);
            Assert.All(updates.SkipLast(1), u => Assert.NotEmpty(u.Contents));
            Assert.Same(updates[^1], updates.Single(u => u.Contents.OfType<UsageContent>().Any()));
            Assert.Same(updates[^1], updates.Single(u => u.FinishReason is not null));
        }
    }

    [Fact]
    public async Task Calls_have_their_own_ids()
    {
        List<ChatResponseUpdate> first = await StreamAsync(Plain);
        List<ChatResponseUpdate> second = await StreamAsync(Plain);

        Assert.NotEqual(first[0].ResponseId, second[0].ResponseId);
        Assert.NotEqual(first[0].MessageId, second[0].MessageId);
    }

    [Fact]
    public async Task A_history_takes_an_answer_as_one_message_with_one_text()
    {
        List<ChatMessage> history = [.. Plain.Messages];
        await history.AddMessagesAsync(Client.GetStreamingResponseAsync(history, Plain.Options, Token), cancellationToken: Token);

        ChatMessage answer = Assert.Single(history.Skip(Plain.Messages.Count));
        Assert.IsType<TextContent>(Assert.Single(answer.Contents, c => c is not UsageContent));
    }

    [Fact]
    public async Task The_response_tells_how_it_came_about()
    {
        ChatResponse response = await Client.GetResponseAsync(Plain.Messages, Plain.Options, Token);

        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal(Model.Info.Name, response.ModelId);
        Assert.NotEmpty(response.ResponseId!);
        Assert.True(response.CreatedAt > DateTimeOffset.UnixEpoch);
        Assert.Null(response.ConversationId);
        Assert.True(response.Usage!.InputTokenCount > 0 && response.Usage.OutputTokenCount > 0);
        Assert.Equal(response.Usage.InputTokenCount + response.Usage.OutputTokenCount, response.Usage.TotalTokenCount);
        Assert.InRange(response.Usage.CachedInputTokenCount!.Value, 0, response.Usage.InputTokenCount!.Value);
        Assert.IsType<GenerateReply>(response.RawRepresentation);
        Assert.IsType<ChatReply>(response);
    }

    [Fact]
    public async Task A_limit_is_told_from_an_end()
    {
        ChatOptions limited = Plain.Options.Clone();
        limited.MaxOutputTokens = 2;
        ChatResponse response = await Client.GetResponseAsync(Plain.Messages, limited, Token);

        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        Assert.Equal(2, response.Usage!.OutputTokenCount);

        // Where the end falls on the limit, it is an end.
        long all = (await Client.GetResponseAsync(Plain.Messages, Plain.Options, Token)).Usage!.OutputTokenCount!.Value;
        limited.MaxOutputTokens = (int)all + 1;
        Assert.Equal(ChatFinishReason.Stop, (await Client.GetResponseAsync(Plain.Messages, limited, Token)).FinishReason);
    }

    [Fact]
    public async Task A_stop_sequence_is_cut_off_also_within_tokens()
    {
        string text = (await Client.GetResponseAsync(Plain.Messages, Plain.Options, Token)).Text;
        string stop = text.Substring(7, 5);
        ChatOptions options = Plain.Options.Clone();
        options.StopSequences = [stop];
        ChatResponse stopped = await Client.GetResponseAsync(Plain.Messages, options, Token);

        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)].Trim(), stopped.Text.Trim());
        Assert.Equal(ChatFinishReason.Stop, stopped.FinishReason);
    }

    [Fact]
    public void Bad_arguments_are_refused_at_the_call()
    {
        Assert.ThrowsAny<ArgumentNullException>(() => { _ = Client.GetStreamingResponseAsync(null!, cancellationToken: Token); });
        Assert.ThrowsAny<ArgumentNullException>(() => Client.GetService(null!));
        Assert.ThrowsAny<ArgumentException>(() => { _ = Client.GetStreamingResponseAsync(Plain.Messages, new ChatOptions { TopP = 2 }, Token); });
        Assert.ThrowsAny<ArgumentException>(() => { _ = Client.GetStreamingResponseAsync(Plain.Messages, new ChatOptions { ToolMode = ChatToolMode.RequireAny }, Token); });
        Assert.ThrowsAny<NotSupportedException>(() => { _ = Client.GetStreamingResponseAsync(Plain.Messages, new ChatOptions { ConversationId = "1" }, Token); });
    }

    [Fact]
    public async Task Messages_and_options_stay_as_they_are_and_are_read_once()
    {
        int reads = 0;
        IEnumerable<ChatMessage> Messages()
        {
            reads++;
            foreach (ChatMessage message in Plain.Messages)
            {
                yield return message;
            }
        }

        ChatOptions options = Plain.Options.Clone();
        options.Instructions = "Be brief.";
        string before = Describe(options);
        IAsyncEnumerable<ChatResponseUpdate> stream = Client.GetStreamingResponseAsync(Messages(), options, Token);
        options.Instructions = null;
        await foreach (ChatResponseUpdate update in stream)
        {
            _ = update;
        }

        options.Instructions = "Be brief.";
        Assert.Equal(1, reads);
        Assert.Equal(before, Describe(options));
        Assert.All(Plain.Messages, m => Assert.Single(m.Contents));

        static string Describe(ChatOptions options) => JsonSerializer.Serialize(
            new object?[] { options.Instructions, options.MaxOutputTokens, options.Temperature, options.Tools?.Count, options.AdditionalProperties?.Count }, AIJsonUtilities.DefaultOptions);
    }

    [Fact]
    public async Task Calls_at_once_do_not_see_each_other()
    {
        string plain = (await Client.GetResponseAsync(Plain.Messages, Plain.Options, Token)).Text;
        FunctionCallContent call = CallOf(await Client.GetResponseAsync(Calling.Messages, Calling.Options, Token));

        ChatResponse[] together = await Task.WhenAll(Enumerable.Range(0, 6).Select(
            i => i % 2 == 0 ? Client.GetResponseAsync(Plain.Messages, Plain.Options, Token) : Client.GetResponseAsync(Calling.Messages, Calling.Options, Token)));

        Assert.All(together.Where((_, i) => i % 2 == 0), r => Assert.Equal(plain, r.Text));
        Assert.All(together.Where((_, i) => i % 2 == 1), r => Assert.Equal(call.Name, CallOf(r).Name));
        Assert.Equal(6, together.Select(r => r.ResponseId).Distinct().Count());
    }

    [Fact]
    public async Task A_cancelled_call_carries_the_caller_s_token()
    {
        using CancellationTokenSource before = new();
        before.Cancel();
        OperationCanceledException early = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client.GetResponseAsync(Plain.Messages, Plain.Options, before.Token));
        Assert.Equal(before.Token, early.CancellationToken);

        using CancellationTokenSource during = new();
        OperationCanceledException late = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate update in Client.GetStreamingResponseAsync(Plain.Messages, Plain.Options, during.Token))
            {
                during.Cancel();
            }
        });
        Assert.Equal(during.Token, late.CancellationToken);

        using CancellationTokenSource enumerator = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate update in Client.GetStreamingResponseAsync(Plain.Messages, Plain.Options, Token).WithCancellation(enumerator.Token))
            {
                enumerator.Cancel();
            }
        });
    }

    // R34: what nobody reads is not computed.
    [Fact]
    public async Task Leaving_the_loop_ends_the_answer()
    {
        for (int i = 0; i < 12; i++)
        {
            await foreach (ChatResponseUpdate update in Client.GetStreamingResponseAsync(Plain.Messages, Plain.Options, Token))
            {
                break;
            }
        }

        // More were left than there are sequences: were they still running, this would wait for them.
        Assert.NotEmpty((await Client.GetResponseAsync(Plain.Messages, Plain.Options, Token)).Text);
    }

    [Fact]
    public async Task Disposing_the_client_leaves_the_model()
    {
        IChatClient client = Client;
        client.Dispose();
        client.Dispose();

        Assert.NotEmpty((await Client.GetResponseAsync(Plain.Messages, Plain.Options, Token)).Text);
    }

    [Fact]
    public void Services_are_found()
    {
        IChatClient client = Client;

        Assert.Same(client, client.GetService<IChatClient>());
        Assert.Same(Model, client.GetService<LocalModel>());
        ChatClientMetadata metadata = client.GetService<ChatClientMetadata>()!;
        Assert.Equal(("localllm", Model.Info.Name), (metadata.ProviderName, metadata.DefaultModelId));
        Assert.True(metadata.ProviderUri!.IsFile);
        Assert.Null(client.GetService(typeof(LocalModel), "key"));
        Assert.Null(client.GetService<string>());
    }

    [Fact]
    public async Task A_call_comes_last_and_whole()
    {
        List<ChatResponseUpdate> updates = await StreamAsync(Calling);
        FunctionCallContent call = Assert.Single(updates.SelectMany(u => u.Contents).OfType<FunctionCallContent>());

        Assert.Equal("get_weather", call.Name);
        Assert.Null(call.Exception);
        Assert.Equal("Oslo", Assert.IsType<JsonElement>(call.Arguments!["city"]).GetString());
        Assert.NotEmpty(call.CallId);
        Assert.Equal(ChatFinishReason.ToolCalls, updates[^1].FinishReason);
        int at = updates.FindIndex(u => u.Contents.Contains(call));
        Assert.All(updates.Skip(at + 1), u => Assert.All(u.Contents, c => Assert.IsNotType<TextContent>(c)));

        ChatResponse whole = await Client.GetResponseAsync(Calling.Messages, Calling.Options, Token);
        Assert.Equal(("get_weather", ChatFinishReason.ToolCalls), (CallOf(whole).Name, whole.FinishReason));
        Assert.NotEqual(call.CallId, CallOf(whole).CallId);
    }

    [Fact]
    public async Task Calls_and_results_are_read_back_also_where_no_tools_are_offered()
    {
        List<ChatMessage> history = [.. Calling.Messages];
        ChatResponse call = await Client.GetResponseAsync(history, Calling.Options, Token);
        history.AddMessages(call);
        foreach (object? result in new object?[] { "Sunny", null, 21.5, JsonElement.Parse("""{"sky":"clear"}"""), new Dictionary<string, object?> { ["sky"] = "clear" } })
        {
            ChatMessage[] answered = [.. history, new(ChatRole.Tool, [new FunctionResultContent(CallOf(call).CallId, result)])];
            ChatOptions options = new() { MaxOutputTokens = 4, Temperature = 0 };
            ChatResponse answer = await Client.GetResponseAsync(answered, options, Token);

            Assert.True(answer.Usage!.InputTokenCount > Model.CountTokens(history), $"{result} is not in the prompt");
            Assert.Contains("get_weather", Model.RenderPrompt(answered), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_tool_is_called_where_the_mode_is_none()
    {
        ChatOptions options = Calling.Options.Clone();
        options.ToolMode = ChatToolMode.None;
        options.MaxOutputTokens = 24;
        ChatResponse response = await Client.GetResponseAsync(Calling.Messages, options, Token);

        Assert.DoesNotContain(response.Messages.SelectMany(m => m.Contents), c => c is FunctionCallContent);
    }

    [Fact]
    public async Task Tools_of_other_kinds_are_passed_over()
    {
        ChatOptions options = Plain.Options.Clone();
        options.Tools = [new HostedWebSearchTool()];

        Assert.Equal((await Client.GetResponseAsync(Plain.Messages, Plain.Options, Token)).Text, (await Client.GetResponseAsync(Plain.Messages, options, Token)).Text);
    }

    [Fact]
    public async Task Messages_without_content_are_answered()
    {
        ChatMessage[] messages = [new(ChatRole.System, []), new(ChatRole.User, []), new(ChatRole.Assistant, []), new(ChatRole.User, Plain.Messages[^1].Text)];

        Assert.NotNull((await Client.GetResponseAsync(messages, new ChatOptions { MaxOutputTokens = 4 }, Token)).FinishReason);
    }

    [Fact]
    public void Images_are_refused_and_unknown_content_is_passed_over()
    {
        ChatMessage image = new(ChatRole.User, [new DataContent(new byte[1], "image/png")]);
        ChatMessage unknown = new(ChatRole.User, [.. Plain.Messages[^1].Contents, new ErrorContent("odd")]);

        Assert.Throws<NotSupportedException>(() => { _ = Client.GetStreamingResponseAsync([image], cancellationToken: Token); });
        Assert.Equal(Model.CountTokens([Plain.Messages[^1]]), Model.CountTokens([unknown]));
    }

    [Fact]
    public async Task A_prompt_that_is_too_long_says_both_numbers()
    {
        ChatMessage[] messages = [new(ChatRole.User, string.Join(' ', Enumerable.Range(0, Model.Info.ContextLength)))];
        ContextOverflowException error = await Assert.ThrowsAsync<ContextOverflowException>(() => Client.GetResponseAsync(messages, cancellationToken: Token));

        Assert.Contains($"{Model.CountTokens(messages)}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{Model.Info.ContextLength}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_id_of_another_is_no_hindrance_and_the_real_one_is_told()
    {
        ChatOptions options = Plain.Options.Clone();
        options.ModelId = "gpt-5";
        options.AllowBackgroundResponses = true;

        Assert.Equal(Model.Info.Name, (await Client.GetResponseAsync(Plain.Messages, options, Token)).ModelId);
    }

    [Fact]
    public async Task Raw_options_come_first_and_leave_the_rest()
    {
        IChatClient? seen = null;
        ChatOptions options = Plain.Options.Clone();
        options.MaxOutputTokens = 2;
        options.RawRepresentationFactory = client =>
        {
            seen = client;
            return new LocalChatOptions { MaxOutputTokens = 3, MinP = 0.1f };
        };
        IChatClient client = Client;
        ChatResponse response = await client.GetResponseAsync(Plain.Messages, options, Token);

        Assert.Same(client, seen);
        Assert.Equal(3, response.Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task Default_options_hold_where_a_call_says_nothing()
    {
        ChatOptions defaults = Plain.Options.Clone();
        defaults.MaxOutputTokens = 2;
        IChatClient client = Model.AsChatClient(defaults);

        Assert.Equal(2, (await client.GetResponseAsync(Plain.Messages, cancellationToken: Token)).Usage!.OutputTokenCount);
        Assert.Equal(3, (await client.GetResponseAsync(Plain.Messages, new ChatOptions { MaxOutputTokens = 3 }, Token)).Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task Options_by_name_are_read_whatever_their_type()
    {
        foreach (object value in new object[] { 0.05, "0.05", 0.05f, JsonElement.Parse("0.05") })
        {
            ChatOptions options = Plain.Options.Clone();
            options.AdditionalProperties = new() { ["min_p"] = value, ["of_somebody_else"] = new object() };
            options.MaxOutputTokens = 1;
            Assert.Equal(1, (await Client.GetResponseAsync(Plain.Messages, options, Token)).Usage!.OutputTokenCount);
        }

        // What a call names goes before what the client has as an option of its own.
        IChatClient client = Model.AsChatClient(new LocalChatOptions { LogProbabilities = 1 });
        ChatOptions told = Plain.Options.Clone();
        (told.AdditionalProperties, told.MaxOutputTokens) = (new() { ["top_logprobs"] = 3 }, 1);
        ChatReply reply = Assert.IsType<ChatReply>(await client.GetResponseAsync(Plain.Messages, told, Token));
        Assert.Equal(3, Assert.Single(reply.TokenLogProbabilities!).Alternatives.Count);

        ChatOptions fraction = new() { AdditionalProperties = new() { ["top_logprobs"] = 1.5 } };
        Assert.Throws<ArgumentException>(() => { _ = Client.GetResponseAsync(Plain.Messages, fraction, Token); });
        ChatOptions wrong = new() { AdditionalProperties = new() { ["min_p"] = "much" } };
        Assert.Contains("min_p", Assert.Throws<ArgumentException>(() => { _ = Client.GetStreamingResponseAsync(Plain.Messages, wrong, Token); }).Message, StringComparison.Ordinal);
        ChatOptions outside = new() { AdditionalProperties = new() { ["min_p"] = 3 } };
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = Client.GetStreamingResponseAsync(Plain.Messages, outside, Token); });
    }

    [Fact]
    public async Task Seeds_of_any_size_repeat_an_answer()
    {
        foreach (long seed in new[] { 0L, -1, long.MaxValue, uint.MaxValue })
        {
            ChatOptions options = Plain.Options.Clone();
            (options.Seed, options.Temperature, options.MaxOutputTokens) = (seed, 1.5f, 8);

            Assert.Equal((await Client.GetResponseAsync(Plain.Messages, options, Token)).Text, (await Client.GetResponseAsync(Plain.Messages, options, Token)).Text);
        }
    }

    [Fact]
    public async Task A_required_call_is_made_whatever_is_asked()
    {
        ChatOptions options = new() { Tools = [Weather], ToolMode = ChatToolMode.RequireSpecific("get_weather"), AllowMultipleToolCalls = false, Temperature = 0, MaxOutputTokens = 200 };
        options = Closing(options);
        ChatResponse response = await Client.GetResponseAsync([new(ChatRole.User, "Hello!")], options, Token);

        FunctionCallContent call = CallOf(response);
        Assert.Equal("get_weather", call.Name);
        Assert.Null(call.Exception);
        Assert.True(call.Arguments!.ContainsKey("city"));
        Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
    }

    [Fact]
    public async Task Json_is_json()
    {
        ChatOptions any = Closing(new ChatOptions { ResponseFormat = ChatResponseFormat.Json, Temperature = 0, MaxOutputTokens = 300 });
        ChatResponse response = await Client.GetResponseAsync([new(ChatRole.User, "Describe a city.")], any, Token);
        Assert.Equal(JsonValueKind.Object, JsonElement.Parse(response.Text).ValueKind);

        JsonElement schema = JsonElement.Parse("""{"type":"object","properties":{"kind":{"enum":["big","small"]},"age":{"type":["integer","null"],"minimum":0,"maximum":99}},"required":["kind","age"],"additionalProperties":false}""");
        ChatOptions shaped = Closing(new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema), Temperature = 0, MaxOutputTokens = 300 });
        JsonElement value = JsonElement.Parse((await Client.GetResponseAsync([new(ChatRole.User, "Describe a city.")], shaped, Token)).Text);
        Assert.Contains(value.GetProperty("kind").GetString(), Kinds);
        Assert.True(value.GetProperty("age").ValueKind is JsonValueKind.Null or JsonValueKind.Number);
    }

    // R33
    [Fact]
    public async Task A_schema_and_tools_together_give_either()
    {
        JsonElement schema = JsonElement.Parse("""{"type":"object","properties":{"kind":{"enum":["big","small"]}},"required":["kind"],"additionalProperties":false}""");
        ChatOptions options = Closing(new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema), Tools = [Weather], AllowMultipleToolCalls = false, Temperature = 0, MaxOutputTokens = 300 });
        ChatResponse response = await Client.GetResponseAsync(Calling.Messages, options, Token);

        if (response.FinishReason == ChatFinishReason.ToolCalls)
        {
            Assert.Equal("get_weather", CallOf(response).Name);
        }
        else
        {
            Assert.Contains(JsonElement.Parse(response.Text).GetProperty("kind").GetString(), Kinds);
        }

        options.ToolMode = ChatToolMode.None;
        ChatResponse answer = await Client.GetResponseAsync(Calling.Messages, options, Token);
        Assert.True(answer.Text.Length > 0, $"{answer.FinishReason}: {answer.RawRepresentation}");
        Assert.Contains(JsonElement.Parse(answer.Text).GetProperty("kind").GetString(), Kinds);
    }

    // R33
    [Fact]
    public void A_schema_that_can_not_be_kept_is_refused_by_its_path()
    {
        JsonElement schema = JsonElement.Parse("""{"type":"object","properties":{"a":{"not":{"type":"string"}}}}""");
        NotSupportedException error = Assert.Throws<NotSupportedException>(
            () => { _ = Client.GetStreamingResponseAsync(Plain.Messages, new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema) }, Token); });

        Assert.Contains("properties.a.not", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Options under which a model that only babbles still comes to the end of its JSON.</summary>
    protected virtual ChatOptions Closing(ChatOptions options) => options;

    protected static FunctionCallContent CallOf(ChatResponse response) =>
        Assert.Single(response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>());

    protected async Task<List<ChatResponseUpdate>> StreamAsync(Question question)
    {
        List<ChatResponseUpdate> updates = [];
        await foreach (ChatResponseUpdate update in Client.GetStreamingResponseAsync(question.Messages, question.Options, Token))
        {
            updates.Add(update);
        }

        return updates;
    }

    protected sealed record Question(IReadOnlyList<ChatMessage> Messages, ChatOptions Options);
}
