# A real SMTP server (Debian's python3-aiosmtpd) for the tests: says on stdout what it took, one JSON
# object a line, and reads on stdin how to answer from then on. Ends when stdin does.
#
#   argv[1]  {"port", "certificate"?, "key"?, "starttls", "user"?, "password"?}
#   stdin    {"rcpt": "450 4.2.0 later", "times": 2}   the next answers to RCPT TO
#            {"hold": true}                            takes messages, and never says so
#   stdout   {"listening": PORT}  {"refused": ADDRESS}  {"from", "to", "data", "tls", "user", "held"}
import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

settings = json.loads(sys.argv[1])
rule = {}


def say(thing):
    print(json.dumps(thing), flush=True)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if rule.get("times", 0) > 0:
            rule["times"] -= 1
            say({"refused": address})
            return rule["rcpt"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        held = rule.get("hold", False)
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "data": envelope.content.decode("utf-8"),
            "tls": session.ssl is not None,
            "user": session.auth_data,
            "held": held,
        })
        if held:
            await asyncio.sleep(3600)
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    known = data.login.decode() == settings["user"] and data.password.decode() == settings["password"]
    return AuthResult(success=known, auth_data=data.login.decode())


def make():
    options = {"hostname": "127.0.0.1", "enable_SMTPUTF8": False}
    if settings["starttls"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings["certificate"], settings["key"])
        options["tls_context"] = context
    if "user" in settings:
        options.update(authenticator=authenticate, auth_required=True)
    return SMTP(Handler(), **options)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", settings["port"])
    say({"listening": server.sockets[0].getsockname()[1]})
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        rule.clear()
        rule.update(json.loads(line))
        say({"told": rule})


asyncio.run(main())
