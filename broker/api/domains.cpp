// /orgs/{id}/domains: whose e-mail addresses may come into an org (tenancy.md §5).
#include <algorithm>

#include "broker/api/call.hpp"
#include "broker/api/org_answer.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field fields[]{{"allowed", K::texts, true}, {"blocked", K::texts, true}};
constexpr Field answer_fields[]{
    {"allowed", K::texts, true}, {"blocked", K::texts, true}, {"revision", K::number}};
const Shape put_shape{"PutDomains", fields};
const Shape domains_shape{"Domains", answer_fields};

json::array array_of(const std::vector<std::string>& domains) {
    json::array array;
    for (const std::string& domain : domains) {
        array.emplace_back(domain);
    }
    return array;
}

// The org's own rules: what its ancestors say is theirs to tell.
Answer domains_answer(const Directory& directory, const Org& org) {
    Answer found;
    found.body["allowed"] = array_of(org.domains.allowed);
    found.body["blocked"] = array_of(org.domains.blocked);
    found.revision = tree_revision(directory, org.id);
    found.etag = directory.org_changed_at(org.id);
    return found;
}

Checked<Answer> get_domains(Call& call) {
    if (auto problem = lacks(call, call.org(), Permission::org_settings)) {
        return *problem;
    }
    return domains_answer(call.directory(), *call.directory().org(call.org()));
}

// Folded, sorted, each once. What is no domain is refused (422).
std::vector<std::string> domains_in(Body& body, std::string_view field) {
    std::vector<std::string> domains;
    for (const std::string& text : body.texts(field)) {
        if (auto domain = fold_domain(text)) {
            domains.push_back(std::move(*domain));
        } else {
            body.refuse(invalid(std::string(field) + " holds what is no domain"));
        }
    }
    std::sort(domains.begin(), domains.end());
    domains.erase(std::unique(domains.begin(), domains.end()), domains.end());
    return domains;
}

Checked<Prepared> prepare_put(Call& call) {
    if (auto problem = lacks(call, call.org(), Permission::org_settings)) {
        return *problem;
    }
    PatchOrg command;
    command.org = call.org();
    command.domains =
        DomainRules{domains_in(call.body, "allowed"), domains_in(call.body, "blocked")};
    command.if_match = if_match(call);
    return Prepared{std::move(command), call.actor(), call.directory().org_changed_at(call.org())};
}

Checked<Answer> show_put(Call& call, const Directory& directory, std::uint64_t) {
    if (lacks(call, call.org(), Permission::org_settings)) {
        return only_revision(tree_revision(directory, call.tree));
    }
    return domains_answer(directory, *directory.org(call.org()));
}

const Route table[]{
    {.method = "GET",
     .pattern = "/api/v1/orgs/{id}/domains",
     .permission = "org.settings",
     .summary = "Whose e-mail addresses may come into the org; its ancestors' rules bind it too",
     .handler = reads<get_domains>,
     .answer = &domains_shape},
    {.method = "PUT",
     .pattern = "/api/v1/orgs/{id}/domains",
     .permission = "org.settings",
     .summary = "Set them, for later users, memberships and invitations here and below",
     .handler = writes<prepare_put, shows<show_put>>,
     .answer = &domains_shape,
     .body = &put_shape},
};

}  // namespace

std::span<const Route> domain_routes() {
    return table;
}

}  // namespace treeline
