// apply: transfers, and the answers kept for whoever asks again.
#include <algorithm>
#include <utility>

#include "broker/domain/applier.hpp"

namespace treeline {
namespace {

constexpr std::size_t forgotten_at_once_max = 64;  // so that no change pays for a quiet day

}  // namespace

void Applier::on(const TransferPut& e) {
    const std::uint64_t id = number(e.transfer.id);
    add(d_.transfers_of_, number(e.transfer.device), id);
    d_.next_.next_transfer = std::max(d_.next_.next_transfer, id + 1);
    put_row(d_.transfers_, id, e.transfer);
}

void Applier::on(const AnswerKept& e) {
    // One that is too old to be told may still stand there.
    const auto before = d_.answers_by_key_.find(
        Directory::BytesHash{}(e.answer.key),
        [&](std::uint64_t at) { return Directory::found(d_.answers_, at)->key == e.answer.key; });
    forget(d_.answers_by_key_, e.answer.key, before);
    note(d_.answers_by_key_, e.answer.key, d_.next_answer_);
    put_row(d_.answers_, d_.next_answer_, e.answer);
    ++d_.next_answer_;
}

void Applier::forget_answers(UnixTime now) {
    std::vector<std::pair<std::uint64_t, TokenHash>> old;
    d_.answers_.visit(0, [&](std::uint64_t at, const auto& row) {
        const KeptAnswer& answer = row->facts;
        if (answer.at + answer_kept_for > now || old.size() == forgotten_at_once_max) {
            return false;
        }
        old.emplace_back(at, answer.key);
        return true;
    });
    for (const auto& [at, key] : old) {
        forget(d_.answers_by_key_, key, at);
        d_.answers_.erase(at);
    }
}

}  // namespace treeline
