// The rules for the e-mail domains of an org (tenancy.md §5).
#include <algorithm>

#include "broker/domain/decide_rules.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

bool holds(const std::vector<std::string>& domains, const std::string& domain) {
    return std::binary_search(domains.begin(), domains.end(), domain);
}

bool lets_in(const DomainRules& rules, const std::string& domain) {
    return !holds(rules.blocked, domain) && (rules.allowed.empty() || holds(rules.allowed, domain));
}

}  // namespace

Objection check_domain(const Scene& scene, const Org& org, std::string_view email) {
    const std::string domain(email.substr(email.find('@') + 1));
    bool is_let_in = lets_in(org.domains, domain);
    for (const OrgId ancestor : org.ancestors) {
        is_let_in = is_let_in && lets_in(scene.directory.org(ancestor)->domains, domain);
    }
    if (is_let_in) {
        return std::nullopt;
    }
    return refuse(RefusalCode::domain_not_allowed, "Addresses of this domain may not come in.");
}

Objection check_domains(const DomainRules& rules) {
    constexpr std::size_t domains_max = 100;
    for (const auto* domains : {&rules.allowed, &rules.blocked}) {
        if (domains->size() > domains_max) {
            return refuse(RefusalCode::invalid, "At most 100 domains are allowed or blocked.");
        }
        const bool is_sorted = std::adjacent_find(domains->begin(), domains->end(),
                                                  std::greater_equal<>()) == domains->end();
        const auto is_folded = [](const std::string& text) { return fold_domain(text) == text; };
        if (!is_sorted || !std::all_of(domains->begin(), domains->end(), is_folded)) {
            return refuse(RefusalCode::invalid, "That is not a list of domains.");
        }
    }
    return std::nullopt;
}

}  // namespace treeline
