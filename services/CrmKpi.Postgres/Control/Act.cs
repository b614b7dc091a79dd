using System.Text.Json;

namespace CrmKpi.Postgres.Control;

/// <summary>Who does something: a key, a user with a token, or a process of ours. The kinds are a storage format.</summary>
/// <param name="Kind">One of the constants.</param>
/// <param name="Id">A key's id; <c>issuer/subject</c> of a token; what the process is.</param>
/// <param name="Agency">Whose.</param>
public sealed record Actor(string Kind, string Id, string Agency)
{
    public const string Key = "key";
    public const string Token = "token";
    public const string Process = "process";

    /// <summary>A name for it that no other actor has: for limits and logs.</summary>
    public override string ToString() => $"{Kind}/{Id}";
}

/// <summary>Who acts, and in which request.</summary>
public sealed record ActedBy(Actor Actor, string? RequestId)
{
    /// <summary>A process of ours, without a request.</summary>
    public static ActedBy Process(string what) => new(new Actor(Actor.Process, what, Agency.Default), null);
}

/// <summary>An administrative act, for the trail of an agency.</summary>
/// <param name="Agency">Whose trail.</param>
/// <param name="Type">For example <c>key.created</c>: what has happened, as an event's type.</param>
/// <param name="Subject">What it was done to: <c>key/7f3a</c>, <c>tenant/acme</c>, <c>agency/second</c>.</param>
/// <param name="Changes">Writes what changed into an open object: never a secret.</param>
public sealed record Act(string Agency, string Type, string Subject, Action<Utf8JsonWriter> Changes);

/// <summary>An act as it stands in the trail.</summary>
/// <param name="Sequence">From 1, without gaps for each agency.</param>
/// <param name="Actor">JSON.</param>
/// <param name="Changes">JSON.</param>
public sealed record RecordedAct(
    long Sequence, string Type, string Subject, DateTimeOffset RecordedAt, string Actor, string? RequestId, string Changes);
