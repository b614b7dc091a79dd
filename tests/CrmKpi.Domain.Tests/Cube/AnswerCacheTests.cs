using CrmKpi.Domain.Cube;

namespace CrmKpi.Domain.Tests.Cube;

public sealed class AnswerCacheTests
{
    [Fact]
    public void An_answer_is_found_by_its_query_only()
    {
        var cache = new AnswerCache();
        cache.Add("a", new CachedAnswer([1, 2], "next"));
        Assert.Equal([1, 2], cache.Find("a")!.Body);
        Assert.Equal("next", cache.Find("a")!.NextPage);
        Assert.Null(cache.Find("b"));
    }

    [Fact]
    public void The_number_of_answers_is_bounded()
    {
        var cache = new AnswerCache();
        for (var i = 0; i < AnswerCache.AnswersMax + 100; i++)
            cache.Add($"{i}", new CachedAnswer([1], null));
        Assert.Equal(AnswerCache.AnswersMax, Enumerable.Range(0, AnswerCache.AnswersMax + 100).Count(i => cache.Find($"{i}") is not null));
    }

    [Fact]
    public void The_bytes_are_bounded_and_given_back_when_an_answer_is_not_kept()
    {
        var cache = new AnswerCache();
        var big = new byte[AnswerCache.BytesMax / 2 + 1];
        cache.Add("a", new CachedAnswer(big, null));
        var held = cache.Bytes;
        cache.Add("b", new CachedAnswer(big, null));
        cache.Add("a", new CachedAnswer([1], null));
        Assert.Null(cache.Find("b"));
        Assert.Equal(big, cache.Find("a")!.Body);
        Assert.Equal(held, cache.Bytes);
    }
}
