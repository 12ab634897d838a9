"""E-mail: letters over SMTP, or into a folder where somebody else fetches them or only looks."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, formataddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from trunkline.kernel.services import Services
from trunkline.party.mail.mailer import Letter, Mailer, NotMailed, use_mailer
from trunkline.party.mail.sending import follow_messages
from trunkline.settings import Settings

TIMEOUT_S = 20.0
PORTS = {"smtp": 587, "smtps": 465}


class SmtpMailer:
    """Hands letters to a server; `smtp://` turns to TLS where it can, `smtps://` is at once."""

    def __init__(self, url: str, sender: str, password: str | None = None) -> None:
        """Remember the server and the operator's address; nothing is sent yet."""
        self._at = urlsplit(url)
        self._sender = sender
        self._password = password

    def send(self, letter: Letter) -> None:
        """Send a letter. Raises NotMailed, a final one where the server never takes it."""
        message = written(letter, self._sender)
        try:
            server = self._connection()
            try:
                refused = server.send_message(message, self._sender, list(letter.to))
            finally:
                _leave(server)
        except smtplib.SMTPResponseException as error:
            raise NotMailed(_told(error), is_final=_is_final(error)) from error
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            is_final = all(500 <= code < 600 for code in codes)
            raise NotMailed("the mail server takes no such receiver", is_final=is_final) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotMailed(f"the mail server does not answer: {error}") from error
        if refused:
            later = tuple(to for to, (code, _) in refused.items() if not 500 <= code < 600)
            never = sorted(refused.keys() - set(later))
            told = f"the mail server did not take it for {', '.join(never or sorted(later))}"
            raise NotMailed(told, is_final=bool(never), left=later)

    def _connection(self) -> smtplib.SMTP:
        host, port = self._at.hostname or "", self._at.port or PORTS[self._at.scheme]
        tls = ssl.create_default_context()
        is_safe = self._at.scheme == "smtps"
        if self._at.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=tls)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        try:
            server.ehlo()
            if self._at.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=tls)
                server.ehlo()
                is_safe = True
            if self._at.username and self._password:
                if not is_safe:
                    raise NotMailed("the mail server has no TLS; no password is sent to it")
                server.login(unquote(self._at.username), self._password)
        except BaseException:
            server.close()
            raise
        return server


class MailFolder:
    """Writes each letter into a folder as a file that mail programs open, once however often."""

    def __init__(self, folder: Path, sender: str) -> None:
        """Remember the folder; it is made with the first letter."""
        self._folder = folder
        self._sender = sender

    def send(self, letter: Letter) -> None:
        """Write a letter. Raises NotMailed where the folder cannot be written to."""
        content = written(letter, self._sender).as_bytes()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{letter.id}.eml"
            begun = path.with_suffix(".part")
            begun.write_bytes(content)
            begun.replace(path)
        except OSError as error:
            raise NotMailed(f"the folder for mail cannot be written to: {error}") from error


def written(letter: Letter, sender: str) -> EmailMessage:
    """Return a letter as it goes over the wire; a repetition has the same Message-ID.

    Raises a final NotMailed where it cannot be written as a letter.
    """
    try:
        message = _composed(letter, sender)
        message.as_bytes()  # says what cannot be written
    except (ValueError, LookupError) as error:
        raise NotMailed(f"it cannot be written as a letter: {error}", is_final=True) from error
    return message


def _composed(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage(policy=WIRE)
    domain = sender.rpartition("@")[2]
    message["From"] = formataddr((_line(letter.sender), sender))
    message["To"] = ", ".join(letter.to)
    message["Subject"] = _line(letter.subject)
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.id}@{domain}>"
    if letter.answers:
        message["In-Reply-To"] = f"<{letter.answers}@{domain}>"
        thread = dict.fromkeys((letter.thread or letter.answers, letter.answers))
        message["References"] = " ".join(f"<{one}@{domain}>" for one in thread)
    message.set_content(letter.text)
    return message


def use_mail(services: Services, settings: Settings) -> None:
    """Send messages by e-mail where the settings name a mail server or a folder."""
    if settings.mail_url is not None:
        mailer = mailer_at(settings.mail_url, settings.mail_from or "", settings.mail_password)
        connect_mail(services, mailer)


def connect_mail(services: Services, mailer: Mailer) -> None:
    """Send messages by a mailer from now on."""
    use_mailer(services, mailer)
    if follow_messages not in services.fanout:
        services.fanout.append(follow_messages)


def mailer_at(url: str, sender: str, password: str | None) -> Mailer:
    """Return what sends letters to an address: `smtp://`, `smtps://` or `file:` and a folder."""
    at = urlsplit(url)
    if at.scheme == "file":
        return MailFolder(Path(unquote(at.path)), sender)
    return SmtpMailer(url, sender, password)


def _line(text: str) -> str:
    """Return a text as one line: what breaks the line would begin another head.

    Words that are coded already could hold such a break; they are left as they are read.
    """
    return " ".join(text.split()).replace("=?", "= ?")


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye; what is answered to it says nothing of the letter."""
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


def _is_final(error: smtplib.SMTPResponseException) -> bool:
    return 500 <= error.smtp_code < 600 and not isinstance(error, smtplib.SMTPAuthenticationError)


def _told(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    words = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return f"the mail server says {error.smtp_code} {words}"[:500]
