"""The passwords that strangers try first, in small letters, as far as they are long enough."""

from __future__ import annotations

FREQUENT = frozenset(
    """
    00000000 000000000 0000000000 01234567 0123456789 10203040 11111111 111111111 1111111111
    11223344 1122334455 12121212 123123123 1231231234 12341234 12344321 12345678 123456789
    1234567890 12345678910 123456789a 123456789q 1234567a 1234567q 1234qwer 123654789 123qweasd
    147258369 159753456 1a2b3c4d 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc
    1qazxsw2 22222222 23456789 33333333 44444444 55555555 66666666 69696969 77777777 789456123
    87654321 88888888 963852741 98765432 987654321 9876543210 99999999 a1234567 a12345678
    a123456789 aa123456 aa12345678 aaaaaaaa abc12345 abc123456 abcd1234 abcdefgh abcdefg1
    access14 administrator admin123 admin1234 admin12345 adminadmin alexander asdasdasd
    asdf1234 asdfasdf asdfghjk asdfghjkl azertyuiop babygirl baseball basketball blink182
    butterfly carolina changeit changeme changeme1 changeme123 charlotte chocolate christian
    computer corvette creative danielle default1 dragon123 einstein elephant elizabeth
    facebook fernando football football1 gabriel1 garfield google123 guest123 hello123
    helloworld iloveyou iloveyou1 iloveyou2 internet isabella jennifer jonathan jordan23
    juventus kimberly lakers24 letmein1 letmein123 liverpool liverpool1 london123 lovelove
    love1234 loveyou1 manchester marlboro master123 maverick mercedes michael1 michelle
    midnight monkey123 mustang1 mypassword myspace1 nicholas nintendo p@ssw0rd p@ssword
    pa55word pa55w0rd pass1234 passpass passw0rd passw0rd1 password password! password0
    password01 password1 password1! password12 password123 password123! password1234
    password2 password3 password11 patricia pokemon1 precious princess princess1 q1w2e3r4
    q1w2e3r4t5 qazwsxedc qqqqqqqq qwaszx12 qwer1234 qwerasdf qwert123 qwertyui qwertyuiop
    qwerty12 qwerty123 qwerty1234 qwerty12345 root1234 samantha samsung1 scorpion secret123
    security september shadow123 snowball sparkles spiderman starwars steelers stephanie
    sunshine sunshine1 superman superman1 swordfish target123 test1234 test12345 testtest
    theodore tinkerbell trustno1 victoria victory1 welcome1 welcome12 welcome123 westside
    whatever william1 winston1 xxxxxxxx yourpassword zaq12wsx zaq1zaq1 zxcvbnm1 zxcvbnm123
    zxcvbnm, qwerty789 abcd12345 letmeinnow login123 user1234 temp1234 temppass secretpassword
    """.split()
)
