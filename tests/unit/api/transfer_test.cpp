// /transfers over the API: at once, offered, in bulk, and what each side may know of it.
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

// root ─ a (boss, ann), b (chief, bob); far is another tree (zoe). The lamp is ann's, in a.
struct TransferApi : ApiHarness {
    OrgId root, a, b, far;
    UserId boss, ann, chief, bob, zoe;
    DeviceId lamp, second;
    std::string top_token, boss_token, ann_token, chief_token, bob_token, zoe_token;

    TransferApi() {
        root = builder.root("root");
        a = builder.org(root, "a");
        b = builder.org(root, "b");
        far = builder.root("far");
        boss = builder.user(a, "boss", role_admin);
        ann = builder.user(a, "ann", role_staff);
        chief = builder.user(b, "chief", role_admin);
        bob = builder.user(b, "bob");
        zoe = builder.user(far, "zoe", role_admin);
        lamp = builder.device(a, "lamp", ann);
        second = builder.device(a, "second");
        top_token = sign_in(builder.admin());
        boss_token = sign_in(boss);
        ann_token = sign_in(ann);
        chief_token = sign_in(chief);
        bob_token = sign_in(bob);
        zoe_token = sign_in(zoe);
        start();
    }
    HttpResponse post(const std::string& token, const std::string& fields,
                      const std::string& key = "") {
        std::vector<std::pair<std::string, std::string>> headers;
        if (!key.empty()) {
            headers.emplace_back("idempotency-key", key);
        }
        return request("POST", "/api/v1/transfers", token, "{" + fields + "}", headers);
    }
    std::string lamp_to(const std::string& target) {
        return R"("devices":[)" + wire(lamp) + "]," + target;
    }
    std::string to(OrgId org) { return R"("to_org":)" + wire(org); }
    std::string to(UserId user) { return R"("to_user":)" + wire(user); }
    HttpResponse act(const std::string& token, const std::string& id, const std::string& verb,
                     const std::string& body = "") {
        return request("POST", "/api/v1/transfers/" + id + "/" + verb, token, body);
    }
    json::object item(const HttpResponse& response, std::size_t which = 0) {
        return object_of(response).at("items").at(which).as_object();
    }
    std::string field(const json::object& object, std::string_view name) {
        const json::value* const found = object.if_contains(name);
        return found == nullptr     ? "(absent)"
               : found->is_string() ? std::string(found->get_string())
                                    : json::serialize(*found);
    }
    std::string side(OrgId org, std::optional<UserId> owner) {
        return R"({"org":)" + wire(org) + R"(,"owner":)" + (owner ? wire(*owner) : "null") + "}";
    }
    std::string offer_to(const std::string& target) {
        const HttpResponse made = post(boss_token, lamp_to(target));
        EXPECT_EQ(made.status, 201U) << made.body;
        EXPECT_EQ(field(item(made), "state"), "offered");
        return field(item(made), "id");
    }
    const Device& device() { return *directory().device(lamp); }
};

TEST(Transfers, go_at_once_where_both_sides_are_ones_own) {
    TransferApi api;
    const HttpResponse made = api.post(api.top_token, api.lamp_to(api.to(api.b)));
    ASSERT_EQ(made.status, 201U) << made.body;
    const json::object item = api.item(made);
    EXPECT_EQ(api.field(item, "state"), "accepted");
    EXPECT_EQ(api.field(item, "device"), api.wire(api.lamp));
    EXPECT_EQ(api.field(item, "from"), api.side(api.a, api.ann));
    EXPECT_EQ(api.field(item, "to"), api.side(api.b, std::nullopt));
    EXPECT_EQ(api.device().org, api.b);
    EXPECT_EQ(api.device().ownership_epoch, 2U);
    EXPECT_EQ(api.request("GET", "/api/v1/devices/" + api.wire(api.lamp), api.boss_token).status,
              404U);
}

TEST(Transfers, XFR_01_the_second_on_the_same_epoch_is_refused) {
    TransferApi api;
    const std::string epoch = R"(,"expected_epoch":1)";
    EXPECT_EQ(api.post(api.top_token, api.lamp_to(api.to(api.bob)) + epoch).status, 201U);
    const HttpResponse late = api.post(api.top_token, api.lamp_to(api.to(api.ann)) + epoch);
    EXPECT_EQ(late.status, 409U);
    EXPECT_EQ(code_of(late), "epoch_moved");
    EXPECT_EQ(api.device().owner, api.bob);
}

TEST(Transfers, XFR_02_a_repeated_key_makes_one_history_entry) {
    TransferApi api;
    const std::string body = api.lamp_to(api.to(api.b));
    const HttpResponse first = api.post(api.top_token, body, "k1");
    const HttpResponse again = api.post(api.top_token, body, "k1");
    EXPECT_EQ(first.status, 201U);
    EXPECT_EQ(again.status, first.status);
    EXPECT_EQ(again.body, first.body);
    const HttpResponse history =
        api.request("GET", "/api/v1/devices/" + api.wire(api.lamp) + "/transfers", api.top_token);
    EXPECT_EQ(text_of(history, "total"), "1");
    EXPECT_EQ(code_of(api.post(api.top_token, api.lamp_to(api.to(api.ann)), "k1")), "key_reuse");
}

TEST(Transfers, XFR_06_and_XFR_07_conflict_with_what_is_there_and_change_nothing) {
    TransferApi api;
    EXPECT_EQ(code_of(api.post(api.top_token, api.lamp_to(api.to(api.a)))), "already_there");
    EXPECT_EQ(code_of(api.post(api.top_token, api.lamp_to(api.to(api.ann)))), "already_there");
    EXPECT_EQ(api.request("POST", "/api/v1/users/" + api.wire(api.bob) + "/suspend", api.top_token)
                  .status,
              200U);
    const HttpResponse refused = api.post(api.top_token, api.lamp_to(api.to(api.bob)));
    EXPECT_EQ(refused.status, 409U);
    EXPECT_EQ(code_of(refused), "user_pending");
    EXPECT_EQ(api.device().ownership_epoch, 1U);
}

TEST(Transfers, XFR_09_need_the_right_on_the_device) {
    TransferApi api;  // ann has own_devices.transfer
    const std::string second = R"("devices":[)" + api.wire(api.second) + "]," + api.to(api.a);
    const HttpResponse refused = api.post(api.ann_token, second);
    EXPECT_EQ(refused.status, 403U);
    EXPECT_EQ(text_of(refused, "missing_permission"), "org_devices.transfer");
    const std::string unseen = essence_of(api.post(api.bob_token, api.lamp_to(api.to(api.b))));
    EXPECT_EQ(unseen, essence_of(api.post(api.bob_token, R"("devices":[77],)" + api.to(api.b))));
    EXPECT_EQ(unseen.substr(0, 3), "404");
    const HttpResponse sideways = api.post(api.ann_token, api.lamp_to(api.to(api.b)));
    EXPECT_EQ(sideways.status, 201U);
    EXPECT_EQ(api.field(api.item(sideways), "state"), "offered");
}

TEST(Transfers, XFR_10_an_invisible_target_is_offered_alike_whether_it_exists_or_not) {
    const auto offered = [](const std::string& target_of_b) {
        TransferApi api;
        const std::string target = target_of_b.empty() ? api.wire(api.b) : target_of_b;
        const HttpResponse made = api.post(api.boss_token, api.lamp_to(R"("to_org":)" + target));
        json::object item = api.item(made);
        EXPECT_EQ(api.field(item, "to"), R"({"org":)" + target + R"(,"owner":null})");
        item.erase("to");
        const std::string id = api.field(item, "id");
        json::object read =
            object_of(api.request("GET", "/api/v1/transfers/" + id, api.boss_token));
        read.erase("to");
        return std::to_string(made.status) + json::serialize(item) + json::serialize(read);
    };
    EXPECT_EQ(offered(""), offered("12345"));
    TransferApi api;
    EXPECT_EQ(api.field(api.item(api.post(api.boss_token, api.lamp_to(api.to(api.root)))), "state"),
              "offered");
    EXPECT_EQ(api.device().org, api.a);
}

TEST(Transfers, XFR_11_an_offer_is_accepted_once_by_who_is_named) {
    TransferApi api;
    const std::string id = api.offer_to(api.to(api.bob));
    EXPECT_EQ(code_of(api.post(api.boss_token, api.lamp_to(api.to(api.b)))), "offer_open");
    EXPECT_EQ(api.act(api.zoe_token, id, "accept").status, 404U);
    EXPECT_EQ(api.act(api.boss_token, id, "accept").status, 403U);
    const HttpResponse taken = api.act(api.bob_token, id, "accept");
    EXPECT_EQ(taken.status, 200U) << taken.body;
    EXPECT_EQ(text_of(taken, "state"), "accepted");
    EXPECT_EQ(api.device().owner, api.bob);
    EXPECT_EQ(api.act(api.bob_token, id, "accept").status, 410U);
    EXPECT_EQ(api.act(api.boss_token, id, "cancel").status, 410U);
}

TEST(Transfers, XFR_11_an_offer_is_gone_when_its_maker_could_not_make_it_now) {
    TransferApi api;
    const std::string id = api.offer_to(api.to(api.b));
    EXPECT_EQ(api.request("POST", "/api/v1/users/" + api.wire(api.boss) + "/suspend", api.top_token,
                          R"({"allow_orphan":true})")
                  .status,
              200U);
    EXPECT_EQ(api.act(api.chief_token, id, "accept").status, 410U);
    EXPECT_EQ(api.device().org, api.a);
}

TEST(Transfers, XFR_11_an_offer_expires_and_can_be_declined_and_cancelled) {
    TransferApi api;
    std::string id = api.offer_to(api.to(api.b));
    EXPECT_EQ(text_of(api.act(api.chief_token, id, "decline"), "state"), "declined");
    EXPECT_EQ(api.act(api.chief_token, id, "accept").status, 410U);
    id = api.offer_to(api.to(api.b));
    EXPECT_EQ(text_of(api.act(api.boss_token, id, "cancel"), "state"), "cancelled");
    EXPECT_EQ(api.device().org, api.a);
}

TEST(Transfers, across_trees_keep_the_token_only_when_the_acceptor_says_so) {
    TransferApi api;
    const std::string id = api.offer_to(api.to(api.far));
    const HttpResponse seen = api.request("GET", "/api/v1/transfers/" + id, api.zoe_token);
    EXPECT_EQ(text_of(seen, "from"), R"({"org":"outside","owner":"outside"})");
    EXPECT_EQ(api.act(api.zoe_token, id, "accept").status, 409U);
    EXPECT_EQ(api.act(api.zoe_token, id, "accept", R"({"keep_token":true})").status, 200U);
    EXPECT_EQ(api.device().org, api.far);
    EXPECT_EQ(api.device().readable_from_epoch, 2U);
    const HttpResponse left = api.request("GET", "/api/v1/transfers/" + id, api.boss_token);
    EXPECT_EQ(text_of(left, "to"), R"({"org":)" + api.wire(api.far) + R"(,"owner":null})");
}

TEST(Transfers, XFR_18_in_bulk_each_device_has_its_own_outcome) {
    TransferApi api;
    const std::string fields = R"("devices":[)" + api.wire(api.lamp) + ",77," +
                               api.wire(api.second) + "]," + api.to(api.b);
    const HttpResponse made = api.post(api.top_token, fields, "bulk");
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(api.field(api.item(made, 0), "state"), "accepted");
    EXPECT_EQ(api.field(api.item(made, 1), "state"), "refused");
    EXPECT_EQ(api.field(api.item(made, 1), "reason"), "not_found");
    EXPECT_EQ(api.field(api.item(made, 2), "state"), "accepted");
    const HttpResponse again = api.post(api.top_token, fields, "bulk");
    EXPECT_EQ(again.body, made.body);
    const HttpResponse later = api.post(api.top_token, fields);
    EXPECT_EQ(later.status, 200U);
    EXPECT_EQ(api.field(api.item(later, 0), "reason"), "already_there");
}

TEST(Transfers, in_bulk_an_invisible_device_reads_as_a_missing_one) {
    TransferApi api;
    const HttpResponse made =
        api.post(api.chief_token, R"("devices":[77,)" + api.wire(api.lamp) + "]," + api.to(api.b));
    EXPECT_EQ(made.status, 200U);
    json::object missing = api.item(made, 0);
    json::object invisible = api.item(made, 1);
    missing.erase("device");
    invisible.erase("device");
    EXPECT_EQ(json::serialize(missing), json::serialize(invisible));
}

TEST(Transfers, take_all_of_a_user_or_of_an_org) {
    TransferApi api;
    const HttpResponse hers =
        api.post(api.top_token, R"("from_user":)" + api.wire(api.ann) + "," + api.to(api.b));
    EXPECT_EQ(object_of(hers).at("items").as_array().size(), 1U) << hers.body;
    const HttpResponse rest =
        api.post(api.top_token, R"("from_org":)" + api.wire(api.a) + "," + api.to(api.b));
    EXPECT_EQ(object_of(rest).at("items").as_array().size(), 1U);
    EXPECT_EQ(api.directory().device(api.second)->org, api.b);
    EXPECT_EQ(
        api.post(api.chief_token, R"("from_org":)" + api.wire(api.a) + "," + api.to(api.b)).status,
        404U);
}

TEST(Transfers, a_dry_run_names_every_blocker_and_changes_nothing) {
    TransferApi api;
    const std::string dry = R"(,"dry_run":true)";
    const HttpResponse fine = api.post(api.top_token, api.lamp_to(api.to(api.b)) + dry);
    EXPECT_EQ(fine.status, 200U);
    EXPECT_EQ(api.field(api.item(fine), "id"), "null");
    EXPECT_EQ(api.field(api.item(fine), "state"), "accepted");
    const HttpResponse blocked =
        api.post(api.top_token, api.lamp_to(api.to(api.a)) + R"(,"expected_epoch":9)" + dry);
    EXPECT_EQ(blocked.status, 200U);
    EXPECT_EQ(api.field(api.item(blocked), "state"), "refused");
    EXPECT_EQ(api.field(api.item(blocked), "blockers"), R"(["epoch_moved","already_there"])");
    EXPECT_EQ(api.device().ownership_epoch, 1U);
}

TEST(Transfers, refuse_bodies_that_say_too_little_or_too_much) {
    TransferApi api;
    EXPECT_EQ(api.post(api.top_token, api.lamp_to(R"("dry_run":false)")).status, 422U);
    EXPECT_EQ(api.post(api.top_token, api.to(api.b)).status, 422U);
    EXPECT_EQ(api.post(api.top_token, R"("devices":[],)" + api.to(api.b)).status, 422U);
    EXPECT_EQ(api.post(api.top_token, R"("devices":[0],)" + api.to(api.b)).status, 400U);
    EXPECT_EQ(
        api.post(api.top_token, api.lamp_to(api.to(api.b)) + R"(,"contract":{"history":"burn"})")
            .status,
        422U);
    EXPECT_EQ(api.post(api.top_token, api.lamp_to(api.to(api.b)) + R"(,"contract":{"x":1})").status,
              422U);
    EXPECT_EQ(api.device().ownership_epoch, 1U);
}

TEST(Transfers, show_a_devices_history_without_what_its_org_may_not_know) {
    TransferApi api;
    EXPECT_EQ(api.post(api.top_token, api.lamp_to(api.to(api.b))).status, 201U);
    EXPECT_EQ(api.post(api.top_token, api.lamp_to(api.to(api.bob))).status, 201U);
    const std::string path = "/api/v1/devices/" + api.wire(api.lamp) + "/transfers";
    const HttpResponse seen = api.request("GET", path, api.chief_token);
    EXPECT_EQ(text_of(seen, "total"), "2");
    EXPECT_EQ(api.field(api.item(seen, 0), "from"), R"({"org":"outside","owner":"outside"})");
    EXPECT_EQ(api.request("GET", path, api.boss_token).status, 404U);
    EXPECT_EQ(text_of(api.request("GET", "/api/v1/transfers", api.boss_token), "total"), "1");
    EXPECT_EQ(text_of(api.request("GET", "/api/v1/transfers", api.zoe_token), "total"), "0");
}

}  // namespace
}  // namespace treeline
