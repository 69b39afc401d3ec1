using RolloutOperator.Core.Templates;
using RolloutOperator.Queueing;

namespace RolloutOperator.Tests.Queueing;

/// <summary>What the queue promises, said another way: it keeps every request since the last pass and works the rest out of them.</summary>
internal sealed class NaiveQueue(int failingAtOnce)
{
    private readonly Dictionary<WorkloadRef, List<Request>> _requests = [];
    private readonly Dictionary<WorkloadRef, TimeSpan> _inProgress = [];
    private readonly Dictionary<WorkloadRef, int> _attempts = [];
    private readonly HashSet<WorkloadRef> _failing = [];
    private readonly HashSet<WorkloadRef> _failingInProgress = [];
    private int _count;

    private enum Form
    {
        Add,
        Settle,
        Later,
    }

    private sealed record Request(Form Form, TimeSpan At, TimeSpan Delay, TimeSpan Since, int Number);

    internal TimeSpan Now { get; set; }

    internal int Depth => _requests.Count(pair => pair.Value.Count > 0 && !_inProgress.ContainsKey(pair.Key));

    internal int Failing => _attempts.Count;

    internal void Add(WorkloadRef key) => Note(key, Form.Add, TimeSpan.Zero, Now);

    internal void Settle(WorkloadRef key, TimeSpan settle) =>
        Note(key, settle == TimeSpan.Zero ? Form.Add : Form.Settle, settle, Now);

    internal void AddAfter(WorkloadRef key, TimeSpan delay) => Note(key, Form.Later, delay, Now + delay);

    internal void AddRateLimited(WorkloadRef key, bool isConflict)
    {
        if (!isConflict)
        {
            _failing.Add(key);
        }

        int attempts = _attempts[key] = _attempts.GetValueOrDefault(key) + 1;
        Note(key, Form.Later, WorkQueue.Backoff.After(attempts, 1), _inProgress.TryGetValue(key, out TimeSpan since) && since < Now ? since : Now);
    }

    internal void Forget(WorkloadRef key)
    {
        _attempts.Remove(key);
        _failing.Remove(key);
    }

    internal void Done(WorkloadRef key)
    {
        _inProgress.Remove(key);
        _failingInProgress.Remove(key);
    }

    internal WorkItem? Take()
    {
        var due = _requests.Where(pair => pair.Value.Count > 0 && !_inProgress.ContainsKey(pair.Key))
            .Where(pair => !_failing.Contains(pair.Key) || _failingInProgress.Count < failingAtOnce)
            .Select(pair => (pair.Key, Deciding: Deciding(pair.Value)))
            .Where(waiting => waiting.Deciding.Due <= Now)
            .OrderBy(waiting => waiting.Deciding.Due).ThenBy(waiting => waiting.Deciding.Number)
            .ToList();
        if (due.Count == 0)
        {
            return null;
        }

        (WorkloadRef key, (TimeSpan moment, _)) = due[0];
        TimeSpan since = _requests[key].Min(request => request.Since);
        _requests[key] = [];
        _inProgress[key] = since;
        if (_failing.Contains(key))
        {
            _failingInProgress.Add(key);
        }

        return new WorkItem(key, _attempts.GetValueOrDefault(key), _failing.Contains(key), Now - (since < Now ? since : Now), Now - moment);
    }

    private static (TimeSpan Due, int Number) Deciding(List<Request> requests)
    {
        List<Request> settles = requests.FindAll(request => request.Form == Form.Settle);
        if (settles is [var first, ..] && settles[^1] is var last)
        {
            TimeSpan limit = first.At + (last.Delay * 10);
            return (last.At + last.Delay < limit ? last.At + last.Delay : limit, last.Number);
        }

        Request deciding = requests.Find(request => request.Form == Form.Add) ?? requests.MinBy(request => request.At + request.Delay)!;
        return (deciding.At + deciding.Delay, deciding.Number);
    }

    private void Note(WorkloadRef key, Form form, TimeSpan delay, TimeSpan since)
    {
        if (!_requests.TryGetValue(key, out List<Request>? requests))
        {
            _requests[key] = requests = [];
        }

        requests.Add(new Request(form, Now, delay, since, _count++));
    }
}
