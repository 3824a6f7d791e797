// ApiHarness: the API over one real shard and a real registry, stepped by hand on one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "broker/api/api.hpp"
#include "broker/api/json.hpp"
#include "broker/identity/token.hpp"
#include "broker/registry/registry.hpp"
#include "broker/registry/replay.hpp"
#include "tests/support/storage/fakes.hpp"
#include "tests/support/world.hpp"
#include "tests/unit/api/answers.hpp"

namespace treeline {

// Durable at once.
class InstantSink final : public ValueSink {
  public:
    std::uint64_t put(std::string, std::string) override { return ++count_; }
    void hurry() override {}
    std::uint64_t durable() const override { return count_; }

  private:
    std::uint64_t count_ = 0;
};

// A verifier is the password itself. Counts the checks, so that tests see that each costs one.
class PlainPasswords final : public PasswordWorker {
  public:
    bool is_full = false;
    std::uint64_t verified = 0;
    std::uint64_t hashed = 0;
    std::function<void()> meanwhile;  // while a password is checked

    bool verify(std::string password, std::string verifier, Reply<bool>&& reply) override {
        if (is_full) {
            return false;
        }
        ++verified;
        if (meanwhile) {
            meanwhile();
        }
        Reply<bool> taken = std::move(reply);
        taken(!verifier.empty() && password == verifier);
        return true;
    }
    bool hash(std::string password, Reply<std::string>&& reply) override {
        if (is_full) {
            return false;
        }
        ++hashed;
        Reply<std::string> taken = std::move(reply);
        taken(std::move(password));
        return true;
    }
};

// Looks back on the asker's thread, at once unless it is held.
class InstantPast final : public PastDesk {
  public:
    bool is_full = false;
    bool is_broken = false;
    bool is_held = false;  // answers only when released
    std::uint64_t asked = 0;

    InstantPast(const storage::Store& store, const storage::Log& log) : past_(store, log) {}
    bool ask(PastAsk ask, Reply<std::vector<PastWorld>>&& reply) override {
        if (is_full) {
            return false;
        }
        ++asked;
        held_.emplace_back(std::move(ask), std::move(reply));
        if (!is_held) {
            release();
        }
        return true;
    }
    void release() {
        for (auto& [ask, reply] : std::exchange(held_, {})) {
            reply(is_broken ? std::vector<PastWorld>() : past_.find(ask));
        }
    }

  private:
    Past past_;
    std::vector<std::pair<PastAsk, Reply<std::vector<PastWorld>>>> held_;
};

// Answers at once, from a store that the test has filled.
class InstantSeries final : public SeriesReader {
  public:
    std::unique_ptr<storage::FlakyStore> store = std::make_unique<storage::FlakyStore>();
    bool is_full = false;
    std::function<void()> meanwhile;  // before the answer, once

    bool read(SeriesQuery query, Reply<storage::Result<SeriesPage>>&& reply) override {
        if (is_full) {
            return false;
        }
        Reply<storage::Result<SeriesPage>> taken = std::move(reply);
        auto page = read_series(*store, query);
        if (auto act = std::exchange(meanwhile, nullptr)) {
            act();
        }
        taken(std::move(page));
        return true;
    }
};

class ApiHarness {
  public:
    InstantSeries series;
    WorldBuilder builder;
    PlainPasswords passwords;
    bool is_draining = false;
    bool is_audit_held = false;  // its thread does not get to run
    AuditTrail::Limits audit_limits;
    std::unique_ptr<Limiter> limiter;  // none: nothing is limited. Before start().
    AddressRanges trusted_proxies;
    std::function<bool(Task&&)> aside;        // the tree worker; none: at once. Before start().
    std::function<void(const Route&)> fault;  // in every handler. Before start().
    std::vector<std::string> faults;          // of the log: request id and what
    std::string peer = "127.0.0.1";

    // An access token of `user`, who is signed in by it. Before start().
    std::string sign_in(UserId user, Millis lifetime = std::chrono::hours(1)) {
        const std::string token = "token" + std::to_string(++tokens_) + std::string(37, 'x');
        SignIn command;
        command.user = user;
        command.access = hash_token(token.substr(0, access_token_size));
        command.refresh = hash_token("refresh" + std::to_string(tokens_));
        command.access_expires = builder.now + lifetime;
        command.refresh_expires = builder.now + std::chrono::hours(720);
        builder.run(command);
        return token.substr(0, access_token_size);
    }

    // Makes the shard, the registry and the API over what was built so far.
    void start() {
        std::vector<std::string> entries;
        for (const Change& change : builder.changes()) {
            entries.push_back(encode_change(change));
        }
        CHECK(log_->append_if(0, entries).has_value());
        auto loaded = load_directory(*storage::make_memory_store(), *log_);
        CHECK(loaded.has_value());
        const auto world = std::make_shared<const Directory>(std::move(loaded->directory));
        lanes_ = std::make_unique<Lanes>(1, 4096, [](std::uint32_t) {});
        settlement_ = std::make_unique<Settlement>(
            1, world->revision(), [](std::uint32_t) {},
            [this] {
                if (registry_) {
                    registry_->settled_moved();
                }
            });
        shard_ = std::make_unique<Shard>(0, *lanes_, *settlement_, sink_, HubLimits{}, world);
        Registry::Hooks hooks;
        hooks.clock = [this] { return now(); };
        hooks.in_doubt = [] { CHECK(false); };
        hooks.settled = [this](World settled) { audit_->follow(std::move(settled)); };
        registry_ = std::make_unique<Registry>(*log_, world, *settlement_, Registry::Limits{},
                                               std::move(hooks));
        audit_ = std::make_unique<AuditTrail>(
            AuditTrail::Parts{*audit_store_, *log_, audit::Key{}, {}, audit_limits},
            std::make_shared<const Directory>());
        audit_->follow(world);
        audit_->step(now().wall);
        past_ = std::make_unique<InstantPast>(*audit_store_, *log_);
        api_ = std::make_unique<Api>(parts());
    }

    HttpResponse request(const std::string& method, const std::string& target,
                         const std::string& token = "", const std::string& body = "",
                         std::vector<std::pair<std::string, std::string>> headers = {}) {
        HttpRequest request{method, target, std::move(headers), body, peer};
        if (!token.empty()) {
            request.headers.emplace_back("authorization", "Bearer " + token);
        }
        if (!body.empty() && !has_header(request, "content-type")) {
            request.headers.emplace_back("content-type", "application/json");
        }
        return send(std::move(request));
    }
    HttpResponse send(HttpRequest request) {
        const auto answer = begin(std::move(request));
        for (int turn = 0; turn < 1000 && !*answer; ++turn) {
            pump();
        }
        CHECK(answer->has_value());
        return **answer;
    }
    // The answer comes with some later turn; nullopt so far.
    using Awaited = std::shared_ptr<std::optional<HttpResponse>>;
    Awaited begin(HttpRequest request) {
        auto answer = std::make_shared<std::optional<HttpResponse>>();
        api_->handle(std::move(request), Reply<HttpResponse>([answer](HttpResponse response) {
                         *answer = std::move(response);
                     }));
        return answer;
    }
    Awaited begin(const std::string& target, const std::string& token) {
        return begin({"GET", target, {{"authorization", "Bearer " + token}}, "", peer});
    }
    InstantPast& past() { return *past_; }
    // Nothing that is on the disk can be read any more.
    void break_disk() {
        series.store->failing_reads = true;
        audit_store_->failing_reads = true;
        log_->failing_reads = true;
    }
    SteadyTime deadline() const { return api_->deadline(); }

    // Every mail that was ever to go out, oldest first: what the outbox would read.
    std::vector<OutgoingMail> mails() const {
        std::vector<OutgoingMail> found;
        CHECK(log_->read_from(1,
                              [&](std::uint64_t, std::string_view entry) {
                                  const auto change = decode_change(entry);
                                  CHECK(change.has_value());
                                  found.insert(found.end(), change->mail.begin(),
                                               change->mail.end());
                                  return true;
                              })
                  .has_value());
        return found;
    }
    // The token in the newest mail to the address, as its link holds it; empty: none.
    std::string mailed_to(const std::string& email, std::string_view purpose) const {
        std::string token;
        for (const OutgoingMail& mail : mails()) {
            const auto nonce = mail.values.find("nonce");
            if (mail.to == email && nonce != mail.values.end()) {
                token = mailed_token(MailKey{}, purpose, nonce->second);
            }
        }
        return token;
    }

    // Begins a request whose answer is waited for with others', by until().
    void ask(const std::string& method, const std::string& target, const std::string& token,
             const std::string& body, std::vector<HttpResponse>& answers) {
        HttpRequest request{method, target, {{"authorization", "Bearer " + token}}, body, peer};
        if (!body.empty()) {
            request.headers.emplace_back("content-type", "application/json");
        }
        api_->handle(std::move(request), Reply<HttpResponse>([&answers](HttpResponse response) {
                         answers.push_back(std::move(response));
                     }));
    }
    template <class Done>
    void until(Done&& done) {
        for (int turn = 0; turn < 1000 && !done(); ++turn) {
            pump();
        }
    }

    // Seats the device, as firmware that takes new tokens or not.
    SeatId connect(DeviceId device, bool rotates) {
        return connect(directory().device(device)->token, rotates);
    }
    SeatId connect(const TokenHash& token, bool rotates) {
        const auto seated = shard_->admit_device(token, now());
        CHECK(std::holds_alternative<SeatId>(seated));
        const SeatId seat = std::get<SeatId>(seated);
        DeviceInfo info;
        info.rotate = rotates;
        shard_->device_action(seat, DeviceAnnounced{info}, now());
        shard_->device_action(seat, DeviceReady{}, now());
        return seat;
    }
    Shard& shard() { return *shard_; }
    // What a device does with each frame that it gets; gathered frames of one seat at a time.
    std::function<void(SeatId, const std::string& frame)> on_frame;
    std::vector<SeatId> closed;  // by the broker

    Now now() const { return {SteadyTime(Millis(1'000'000)) + passed_, builder.now + passed_}; }
    void pass(Millis time) { passed_ += time; }
    void turn() { pump(); }
    const Directory& directory() const { return *shard_->world(); }
    template <class Id>
    std::string wire(Id id) const {
        return std::to_string(directory().wire().of(id));
    }

  private:
    static bool has_header(const HttpRequest& request, std::string_view name) {
        for (const auto& [field, value] : request.headers) {
            if (field == name) {
                return true;
            }
        }
        return false;
    }

    ApiParts parts() {
        ApiParts parts{.shard = *shard_,
                       .registry = *registry_,
                       .passwords = passwords,
                       .post = [this](Task task) { posted_.push_back(std::move(task)); },
                       .random =
                           [this](std::span<std::byte> out) {
                               for (std::byte& byte : out) {
                                   byte = static_cast<std::byte>((++random_ * 2654435761U) >> 13);
                               }
                           },
                       .clock = [this] { return now(); },
                       .draining = [this] { return is_draining; },
                       .audit = audit_.get(),
                       .limiter = limiter.get(),
                       .trusted_proxies = trusted_proxies,
                       .past = past_.get(),
                       .series = &series,
                       .fault = fault,
                       .failed =
                           [this](std::string_view request, std::string_view what) {
                               faults.push_back(std::string(request) + " " + std::string(what));
                           }};
        if (aside) {
            parts.aside = aside;
        }
        return parts;
    }

    void pump() {
        registry_->step();
        shard_->advance(now());
        api_->advance(now());
        Output output;
        for (const SeatId seat : shard_->take_dirty()) {
            output.clear();
            shard_->gather(seat, output, now());
            if (output.close) {
                closed.push_back(seat);
            }
            std::size_t begin = 0;
            for (const std::size_t end : output.part_ends) {
                if (on_frame) {
                    on_frame(seat, output.bytes.substr(begin, end - begin));
                }
                begin = end;
            }
        }
        shard_->conclude(now());
        if (!is_audit_held) {
            audit_->step(now().wall);
        }
        while (!posted_.empty()) {
            Task task = std::move(posted_.front());
            posted_.pop_front();
            task(Nothing{});
        }
    }

    std::unique_ptr<storage::FlakyLog> log_ = std::make_unique<storage::FlakyLog>();
    InstantSink sink_;
    std::unique_ptr<Lanes> lanes_;
    std::unique_ptr<Settlement> settlement_;
    std::unique_ptr<Shard> shard_;
    std::unique_ptr<Registry> registry_;
    std::unique_ptr<storage::FlakyStore> audit_store_ = std::make_unique<storage::FlakyStore>();
    std::unique_ptr<AuditTrail> audit_;
    std::unique_ptr<InstantPast> past_;
    std::unique_ptr<Api> api_;
    std::deque<Task> posted_;
    Millis passed_{0};
    std::uint64_t tokens_ = 0;
    std::uint32_t random_ = 1;
};

}  // namespace treeline
