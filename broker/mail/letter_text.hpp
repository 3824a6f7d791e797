// What the mails say: subject and body of each kind, links and values put in literally.
#pragma once

#include <string>

#include "broker/mail/letter.hpp"

namespace treeline::mail {

struct Text {
    std::string subject;
    std::string body;  // lines end with \n
};
ResultOf<Text, LetterErrc> text_of(const OutgoingMail& mail, const Sender& sender);

}  // namespace treeline::mail
