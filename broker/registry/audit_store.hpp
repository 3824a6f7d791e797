// AuditStore: chains, heads and rows of actors as keys of a Store. The audit's thread only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/registry/audit.hpp"

namespace treeline {

// Appends wait in one batch until commit(). INVARIANT: what is read is what is committed.
class AuditStore {
  public:
    AuditStore(storage::Store& store, const audit::Key& key) : store_(store), key_(key) {}

    // A look that still counts.
    struct OpenLook {
        AuditLine line;
        std::uint64_t count = 0;
    };

    storage::Result<void> append(AuditLine line);
    // All lines up to `revision` are there, and the first `lines` of the change after it.
    void put_watermark(Revision revision, std::uint64_t lines = 0);
    // `lines` of the last watermark that was committed.
    storage::Result<std::uint64_t> lines_begun() const;
    void put_look(const std::string& key, const OpenLook& look);
    void remove_look(const std::string& key);
    storage::Result<void> commit();
    bool has_writes() const { return !batch_.empty() || !watermark_.empty(); }
    // Of the entries that wait.
    std::size_t batch_size_bytes() const { return batch_size_bytes_; }

    storage::Result<std::map<std::string, OpenLook>> looks() const;
    storage::Result<audit::Head> head(OrgId org) const;
    using Visit = std::function<bool(std::uint64_t place, OrgId org, audit::Entry entry)>;
    // Numbers from `from` on, ascending; or below `below` (0: all), descending.
    storage::Result<void> up(OrgId org, std::uint64_t from, const Visit& visit) const;
    storage::Result<void> down(OrgId org, std::uint64_t below, const Visit& visit) const;
    storage::Result<void> down_row(UserId actor, std::uint64_t below, const Visit& visit) const;

  private:
    storage::Result<audit::Head> head_ahead(OrgId org);
    storage::Result<std::uint64_t> row_size(UserId actor) const;

    storage::Store& store_;
    const audit::Key key_;
    std::vector<storage::Write> batch_;
    std::size_t batch_size_bytes_ = 0;
    std::string watermark_;                      // of this batch
    std::map<OrgId, audit::Head> heads_;         // of this batch
    std::map<UserId, std::uint64_t> row_sizes_;  // of this batch

    // Heads as they are committed, of a run of orgs up to `ahead_until_`; until the next commit.
    std::map<OrgId, std::string> heads_ahead_;
    OrgId ahead_until_{};
    OrgId asked_{};
    std::size_t neighbours_ = 0;  // how many orgs have come one after the other, up to `asked_`
};

}  // namespace treeline
