// How much anyone may ask: buckets per org, user and address, and the delay after failed sign-ins.
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

constexpr SteadyTime start{Millis(5'000'000)};

TEST(Buckets, refuse_the_one_too_many_until_a_minute_has_passed) {
    Buckets buckets(64, 3);
    EXPECT_FALSE(buckets.take(7, start));
    EXPECT_FALSE(buckets.take(7, start + Millis(20'000)));
    EXPECT_FALSE(buckets.take(7, start + Millis(40'000)));
    EXPECT_EQ(buckets.take(7, start + Millis(59'000)), 2U);
    EXPECT_FALSE(buckets.take(8, start + Millis(59'000)));
    EXPECT_FALSE(buckets.take(7, start + Millis(60'100)));
}

TEST(Buckets, bear_a_clock_that_is_a_little_behind) {
    Buckets buckets(64, 1);
    EXPECT_FALSE(buckets.take(7, start));
    EXPECT_TRUE(buckets.take(7, start - Millis(500)));
}

TEST(Buckets, forget_the_idle_before_the_busy_when_the_table_is_full) {
    Buckets buckets(8, 2);
    EXPECT_FALSE(buckets.take(1, start));
    EXPECT_FALSE(buckets.take(1, start));
    for (std::uint64_t key = 2; key < 100; ++key) {
        EXPECT_FALSE(buckets.take(key, start));
    }
    EXPECT_TRUE(buckets.take(1, start));
}

TEST(Buckets, of_size_0_are_off) {
    Buckets buckets(8, 0);
    for (int call = 0; call < 100; ++call) {
        EXPECT_FALSE(buckets.take(1, start));
    }
}

struct LimitedTree : ApiHarness {
    OrgId root, org_a, org_b;
    UserId ann, bob;
    std::string ann_token, bob_token;

    explicit LimitedTree(const RateLimits& limits) {
        root = builder.root("root");
        org_a = builder.org(root, "a");
        org_b = builder.org(root, "b");
        ann = builder.user(org_a, "ann");
        bob = builder.user(org_b, "bob");
        ann_token = sign_in(ann);
        bob_token = sign_in(bob);
        limiter = std::make_unique<Limiter>(limits, 17);
        EXPECT_TRUE(trusted_proxies.add("10.0.0.0/8"));
        start();
    }
    unsigned me(const std::string& token) {
        return request("GET", "/api/v1/users/me", token).status;
    }
    HttpResponse enter(const std::string& email, const std::string& password) {
        return request("POST", "/api/v1/sessions", "",
                       R"({"email":")" + email + R"(","password":")" + password + "\"}");
    }
    unsigned forwarded(const std::string& from, const std::string& header) {
        peer = from;
        return request("GET", "/api/v1/users/me", "", "", {{"x-forwarded-for", header}}).status;
    }
};

TEST(RestLimits, REST_46_an_org_at_its_limit_leaves_the_others_alone) {
    LimitedTree api({.per_org = 3});
    for (int call = 0; call < 3; ++call) {
        EXPECT_EQ(api.me(api.ann_token), 200U);
    }
    const HttpResponse refused = api.request("GET", "/api/v1/users/me", api.ann_token);
    EXPECT_EQ(refused.status, 429U);
    EXPECT_EQ(header_of(refused, "Content-Type"), "application/problem+json");
    EXPECT_EQ(header_of(refused, "Retry-After"), "61");
    EXPECT_EQ(api.me(api.bob_token), 200U);
    api.pass(Millis(61'000));
    EXPECT_EQ(api.me(api.ann_token), 200U);
}

TEST(RestLimits, count_a_user_by_himself) {
    LimitedTree api({.per_user = 2});
    EXPECT_EQ(api.me(api.ann_token), 200U);
    EXPECT_EQ(api.me(api.ann_token), 200U);
    EXPECT_EQ(api.me(api.ann_token), 429U);
    EXPECT_EQ(api.me(api.bob_token), 200U);
}

TEST(RestLimits, count_strangers_by_address_and_answer_probes_all_the_same) {
    LimitedTree api({.strangers_per_ip = 2});
    EXPECT_EQ(api.me(""), 401U);
    EXPECT_EQ(api.me("wrong"), 401U);
    EXPECT_EQ(api.me("wrong"), 429U);
    EXPECT_EQ(api.enter("ann@example.com", "verifier").status, 429U);
    EXPECT_EQ(api.request("GET", "/healthz").status, 200U);
    EXPECT_EQ(api.me(api.ann_token), 200U);
    api.peer = "127.0.0.2";
    EXPECT_EQ(api.me(""), 401U);
}

TEST(RestLimits, REST_22_forwarded_addresses_count_only_from_a_trusted_proxy) {
    LimitedTree api({.strangers_per_ip = 1});
    EXPECT_EQ(api.forwarded("192.0.2.1", "198.51.100.1"), 401U);
    EXPECT_EQ(api.forwarded("192.0.2.1", "198.51.100.2"), 429U);
    EXPECT_EQ(api.forwarded("10.0.0.1", "198.51.100.3"), 401U);
    EXPECT_EQ(api.forwarded("10.0.0.1", "203.0.113.9, 198.51.100.3"), 429U);
    EXPECT_EQ(api.forwarded("10.0.0.1", "198.51.100.3, 10.1.1.1"), 429U);
    EXPECT_EQ(api.forwarded("10.0.0.1", "198.51.100.4"), 401U);
}

TEST(ClientAddress, REST_22_ends_at_what_cannot_be_read) {
    AddressRanges proxies;
    ASSERT_TRUE(proxies.add("10.0.0.0/8"));
    EXPECT_FALSE(proxies.add("10.0.0.0/33"));
    EXPECT_FALSE(proxies.add("proxy.example"));
    const auto from = [&](const std::string& header) {
        const std::vector<std::string> headers{header};
        return client_address("10.0.0.1", headers, proxies);
    };
    EXPECT_EQ(from("garbage"), "10.0.0.1");
    EXPECT_EQ(from("198.51.100.1, unknown, 10.0.0.2"), "10.0.0.2");
    EXPECT_EQ(from("198.51.100.1:8080"), "198.51.100.1");
    EXPECT_EQ(from("[2001:db8::1]:443"), "2001:db8::1");
    EXPECT_EQ(from(""), "10.0.0.1");
    EXPECT_TRUE(proxies.contains("::ffff:10.1.2.3"));
    EXPECT_EQ(address_key("2001:db8::1", 3), address_key("2001:db8::ffff", 3));
    EXPECT_NE(address_key("192.0.2.1", 3), address_key("192.0.2.2", 3));
}

TEST(SignInGuarded, ACC_04_the_eleventh_wrong_password_waits_and_waits_longer_each_time) {
    LimitedTree api({});
    for (int attempt = 0; attempt < 10; ++attempt) {
        EXPECT_EQ(api.enter("ann@example.com", "wrong-password").status, 401U);
    }
    const std::uint64_t before = api.passwords.verified;
    const HttpResponse first = api.enter("ann@example.com", "wrong-password");
    EXPECT_EQ(first.status, 429U);
    const HttpResponse second = api.enter("ann@example.com", "verifier");
    EXPECT_EQ(second.status, 429U);
    EXPECT_GT(std::stoi(header_of(second, "Retry-After")),
              std::stoi(header_of(first, "Retry-After")));
    EXPECT_EQ(api.passwords.verified, before);
    api.pass(std::chrono::seconds(std::stoi(header_of(second, "Retry-After"))));
    EXPECT_EQ(api.enter("ann@example.com", "verifier").status, 201U);
}

TEST(SignInGuarded, ACC_04_counts_an_account_over_all_addresses_known_or_not) {
    for (const std::string email : {"ann@example.com", "nobody@example.com"}) {
        LimitedTree api({});
        for (int attempt = 0; attempt < 10; ++attempt) {
            api.peer = "192.0.2." + std::to_string(attempt + 1);
            EXPECT_EQ(api.enter(email, "wrong-password").status, 401U);
        }
        api.peer = "192.0.2.99";
        const HttpResponse refused = api.enter(email, "wrong-password");
        EXPECT_EQ(refused.status, 429U) << email;
        EXPECT_EQ(header_of(refused, "Retry-After"), "5");
    }
}

TEST(SignInGuarded, ACC_04_the_right_password_from_a_known_address_still_works) {
    LimitedTree api({});
    EXPECT_EQ(api.enter("ann@example.com", "verifier").status, 201U);
    for (int attempt = 0; attempt < 11; ++attempt) {
        api.enter("ann@example.com", "wrong-password");
    }
    EXPECT_EQ(api.enter("ann@example.com", "wrong-password").status, 429U);
    EXPECT_EQ(api.enter("ann@example.com", "verifier").status, 201U);
}

TEST(SignInGuarded, ACC_04_a_known_address_cannot_guess_for_ever) {
    LimitedTree api({});
    EXPECT_EQ(api.enter("ann@example.com", "verifier").status, 201U);
    const std::uint64_t before = api.passwords.verified;
    for (int attempt = 0; attempt < 100; ++attempt) {
        api.enter("ann@example.com", "wrong-password");
    }
    EXPECT_EQ(api.passwords.verified, before + 20);
}

// The queue of checks holds dozens: guesses sent at once must not all count as the first.
TEST(SignInGuarded, ACC_04_guesses_sent_at_once_get_no_more_answers_than_one_after_the_other) {
    SignInGuard guard({}, 3);
    std::vector<SignInGuard::Gate> gates;
    for (int guess = 0; guess < 60; ++guess) {
        gates.push_back(guard.knock("a@b.c", "192.0.2.1", start));
    }
    int answered = 0;
    for (const SignInGuard::Gate& gate : gates) {
        answered += guard.look("a@b.c", "192.0.2.1", start).may_check ? 1 : 0;
        guard.failed("a@b.c", "192.0.2.1", gate, start);
    }
    EXPECT_EQ(answered, 10);
}

TEST(SignInGuarded, ACC_04_a_right_guess_among_many_at_once_is_not_told) {
    LimitedTree api({});
    api.passwords.meanwhile = [&] {
        for (int guess = 0; guess < 10; ++guess) {
            api.limiter->sign_ins().failed("ann@example.com", "192.0.2.1", {}, api.now().steady);
        }
    };
    EXPECT_EQ(api.enter("ann@example.com", "verifier").status, 429U);
    api.passwords.meanwhile = nullptr;
    api.pass(Millis(60'000));
    EXPECT_EQ(api.enter("ann@example.com", "verifier").status, 201U);
}

// Two days, always as soon as it may, against one account from one address.
TEST(SignInGuarded, ACC_04_patience_does_not_make_guessing_faster) {
    SignInGuard guard({}, 3);
    SteadyTime now = start;
    for (int hour = 0; hour < 48; ++hour) {
        int checked = 0;
        while (now < start + std::chrono::hours(hour + 1)) {
            const SignInGuard::Gate gate = guard.knock("a@b.c", "192.0.2.1", now);
            if (gate.may_check) {
                ++checked;
                guard.failed("a@b.c", "192.0.2.1", gate, now);
            }
            now += std::max(Millis(100), Millis(std::chrono::seconds(gate.retry_after_s)));
        }
        EXPECT_LE(checked, hour == 0 ? 20 : 7) << hour;
    }
}

TEST(SignInGuarded, ACC_04_an_address_where_a_session_was_renewed_is_known) {
    LimitedTree api({});
    const std::string session = api.enter("ann@example.com", "verifier").body;
    const std::string refresh_token(
        parse_json(session)->as_object().at("refresh_token").as_string());
    api.peer = "192.0.2.1";
    const auto fail_often = [&] {
        for (int attempt = 0; attempt < 11; ++attempt) {
            api.enter("ann@example.com", "wrong-password");
        }
    };
    EXPECT_EQ(api.request("POST", "/api/v1/sessions/refresh", "",
                          R"({"refresh_token":")" + refresh_token + "\"}")
                  .status,
              201U);
    fail_often();
    EXPECT_EQ(api.enter("ann@example.com", "verifier").status, 201U);
    api.peer = "192.0.2.2";
    fail_often();
    EXPECT_EQ(api.enter("ann@example.com", "verifier").status, 429U);
}

TEST(SignInGuarded, ACC_05_an_address_that_sprays_waits_after_20_failures) {
    LimitedTree api({});
    for (int account = 0; account < 20; ++account) {
        EXPECT_EQ(api.enter("u" + std::to_string(account) + "@example.com", "Spring2026").status,
                  401U);
    }
    EXPECT_EQ(api.enter("another@example.com", "Spring2026").status, 429U);
    api.peer = "192.0.2.7";
    EXPECT_EQ(api.enter("another@example.com", "Spring2026").status, 401U);
}

TEST(SignInGuarded, ACC_06_a_full_queue_is_no_failure) {
    LimitedTree api({});
    api.passwords.is_full = true;
    for (int attempt = 0; attempt < 40; ++attempt) {
        const HttpResponse busy = api.enter("ann@example.com", "verifier");
        EXPECT_EQ(busy.status, 503U);
        EXPECT_EQ(header_of(busy, "Retry-After"), "1");
    }
    api.passwords.is_full = false;
    EXPECT_EQ(api.enter("ann@example.com", "verifier").status, 201U);
}

}  // namespace
}  // namespace treeline
