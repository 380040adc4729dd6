"""Signed with the company's certificate: what is trusted, what has expired, what cannot be signed with."""

import subprocess
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from jnw_desktop.documents import certificates
from jnw_desktop.documents.signing import sign_pdf, signature_of
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.proof import seal

from .authority import Holder

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def _own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))


@pytest.fixture
def authority():
    return Holder("济南市根证书", signing=False)


@pytest.fixture
def company(authority):
    return Holder("济南水务集团有限公司", authority)


@pytest.fixture
def secret(tmp_path):
    (tmp_path / "passphrase").write_text("口令7391\n", "utf-8")
    return f"file:{tmp_path / 'passphrase'}"


def test_a_guide_is_signed_by_the_company_and_trusted_where_it_is_set(town, jnw, tmp_path, company, secret):
    use = ("guide", "certificate", "--use", company.p12(tmp_path / "company.p12"), "--passphrase", secret)
    status, told, _said = jnw(*use)
    assert (status, told["subject"], told["issuer"]) == (0, "济南水务集团有限公司", "济南市根证书")
    assert (told["demonstration"], told["passphrase"]) == (False, secret)
    out = tmp_path / "guide.pdf"
    assert jnw("guide", "issue", town, "--site", "S1", "--out", out)[0] == 0
    status, told, _said = jnw("guide", "verify", out)
    assert (status, told["intact"], told["trusted"], told["notes"]) == (0, True, True, [])
    # Any reader sees it: here poppler.
    seen = subprocess.run(["pdfsig", "-nocert", out], capture_output=True, text=True, check=False).stdout
    assert all(text in seen for text in ("济南水务集团有限公司", "Signature is Valid", "Total document signed"))
    # Neither in the workspace nor in the settings is the passphrase.
    for kept in [town, *(file for file in (tmp_path / "settings").rglob("*") if file.is_file())]:
        assert "口令7391".encode() not in kept.read_bytes(), kept
    # Back to the demonstration key: what the company signed stays trusted, what comes now is not.
    assert jnw("guide", "certificate", "--demo")[1]["demonstration"] is True
    assert jnw("guide", "verify", out)[1]["trusted"] is True
    jnw("guide", "issue", town, "--site", "S1", "--out", tmp_path / "demo.pdf")
    status, told, _said = jnw("guide", "verify", tmp_path / "demo.pdf")
    assert (status, told["intact"], told["trusted"]) == (5, True, False)


@pytest.fixture
def signed(guide_file, tmp_path):
    """Signs the pages of a guide anew, as who has the key could."""

    def sign(holder):
        with pikepdf.open(guide_file) as document:
            record = {"guide": "JD000001"}
            del document.Root.AcroForm
            del document.Root.Perms
            del document.pages[0].Annots
            document.save(tmp_path / "signed.pdf")
        (tmp_path / "passphrase").write_text("口令7391", "utf-8")
        made = certificates.read_certificate(holder.p12(tmp_path / "any.p12"), f"file:{tmp_path / 'passphrase'}")
        seal(tmp_path / "signed.pdf", record, made)
        return tmp_path / "signed.pdf"

    return sign


def test_trust_is_asked_for_by_name(jnw, signed, tmp_path, authority, company):
    file = signed(company)
    status, told, _said = jnw("guide", "verify", file)
    assert (status, told["trusted"]) == (0, False)
    assert "自称 济南水务集团有限公司" in told["notes"][0]
    for anchor in (authority, company):
        status, told, _said = jnw("guide", "verify", file, "--trust", anchor.pem(tmp_path / "anchor.pem"))
        assert (status, told["trusted"], told["notes"]) == (0, True, [])
    stranger = Holder("济南市根证书", signing=False)  # of the same name
    status, told, _said = jnw("guide", "verify", file, "--trust", stranger.pem(tmp_path / "anchor.pem"))
    assert (status, told["intact"], told["trusted"], len(told["problems"])) == (5, True, False, 1)
    (tmp_path / "no.pem").write_text("hello")
    assert jnw("guide", "verify", file, "--trust", tmp_path / "no.pem")[0] == 3


def test_a_changed_byte_of_what_issued_the_certificate_is_found(jnw, signed, authority, company):
    """No signature of the company covers the authority's certificate, which comes with it."""
    file = signed(company)
    issuer = authority.certificate.public_bytes(Encoding.DER).hex().upper().encode()
    content = file.read_bytes()
    at = content.index(issuer)
    for place in (at + 60, at + len(issuer) // 2, at + len(issuer) - 1):
        changed = bytearray(content)
        changed[place] = ord("0") if changed[place] != ord("0") else ord("1")
        file.write_bytes(changed)
        status, told, _said = jnw("guide", "verify", file)
        assert (status, told["intact"]) == (5, False), place


def test_an_expired_certificate_is_told_apart_from_a_changed_file(jnw, signed, tmp_path, authority):
    old = Holder("济南水务集团有限公司", authority, (-400, -30))
    status, told, _said = jnw("guide", "verify", signed(old), "--trust", authority.pem(tmp_path / "root.pem"))
    assert (status, told["intact"], told["expired"]) == (5, True, True)
    assert "到期" in told["problems"][0]
    assert told["certificate_ends"] in told["problems"][0]


@pytest.mark.parametrize(
    ("days", "signing", "passphrase", "said"),
    [
        ((-400, -30), True, "口令7391", "到期"),
        ((30, 400), True, "口令7391", "才有效"),
        ((-1, 365), False, "口令7391", "不能用于签名"),
        ((-1, 365), True, "别的", "口令打不开"),
    ],
)
def test_what_cannot_sign_is_refused_and_nothing_is_set(town, jnw, tmp_path, secret, days, signing, passphrase, said):
    file = Holder("济南水务集团有限公司", None, days, signing=signing).p12(tmp_path / "company.p12", passphrase)
    status, told, _said = jnw("guide", "certificate", "--use", file, "--passphrase", secret)
    assert (status, told["error"]["kind"]) == (3, "certificate_refused")
    assert said in told["error"]["message"]
    assert told["error"]["hint"]
    assert jnw("guide", "certificate")[1]["demonstration"] is True


def test_a_key_no_reader_knows_is_refused(jnw, tmp_path):
    (tmp_path / "passphrase").write_text("x")
    file = Path(__file__).with_name("sm2.p12")  # of openssl; cryptography makes none
    status, told, _said = jnw("guide", "certificate", "--use", file, "--passphrase", f"file:{tmp_path / 'passphrase'}")
    assert (status, told["error"]["kind"]) == (3, "certificate_refused")
    assert "SM2" in told["error"]["hint"]


def test_a_guide_is_not_issued_with_a_certificate_that_is_gone(town, jnw, tmp_path, company, secret, monkeypatch):
    file = company.p12(tmp_path / "company.p12")
    jnw("guide", "certificate", "--use", file, "--passphrase", secret)
    (tmp_path / "passphrase").unlink()
    status, told, _said = jnw("guide", "issue", town, "--site", "S1", "--out", tmp_path / "guide.pdf")
    assert (status, told["error"]["kind"]) == (3, "certificate_refused")
    monkeypatch.setenv("JNW_TEST_SECRET", "口令7391")
    assert jnw("guide", "certificate", "--use", file, "--passphrase", "env:JNW_TEST_SECRET")[0] == 0
    file.unlink()
    assert jnw("guide", "issue", town, "--site", "S1", "--out", tmp_path / "guide.pdf")[0] == 3
    assert not (tmp_path / "guide.pdf").exists()
    with Workspace.open(town, read_only=True) as workspace:
        assert [entry.why for entry in workspace.history()] == ["city"]


def test_usage(jnw, tmp_path):
    assert jnw("guide", "certificate", "--use", tmp_path / "x.p12", "--demo")[0] == 2
    assert jnw("guide", "certificate", "--passphrase", "env:X")[0] == 2
    (tmp_path / "x.p12").write_bytes(b"hello")
    assert jnw("guide", "certificate", "--use", tmp_path / "x.p12")[0] == 3
    assert jnw("guide", "certificate", "--use", tmp_path / "x.p12", "--passphrase", "secret itself")[0] == 3


def test_the_demonstration_key_is_made_once_and_only_its_owner_reads_it():
    first = certificates.current()
    assert first.demonstration
    assert certificates.current().fingerprint == first.fingerprint
    (kept,) = certificates.folder().iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(b"damaged")
    assert certificates.current().fingerprint != first.fingerprint


def test_an_unsigned_pdf_has_no_signature(guide_file, tmp_path):
    pikepdf.new().save(tmp_path / "empty.pdf")
    assert signature_of(tmp_path / "empty.pdf", []) is None
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(tmp_path / "blank.pdf")
    sign_pdf(tmp_path / "blank.pdf", certificates.current(), reason="试")
    assert signature_of(tmp_path / "blank.pdf", []).intact
