"""Certificates for tests, by the openssl command."""

import pathlib
import subprocess


class Certificates:
    """An authority in a folder, and what it signs: NAME.pem with NAME.key."""

    def __init__(self, folder, authority="authority"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.pem"
        self._openssl("req", "-x509", "-days", "2", "-subj", f"/CN={authority}", "-noenc",
                      "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-keyout", "ca.key", "-out", "ca.pem")

    def issue(self, name, hosts="IP:127.0.0.1,DNS:localhost", subject=None):
        """Returns the paths of certificate and key."""
        self._openssl("req", "-subj", subject or f"/CN={name}", "-noenc", "-newkey", "ec",
                      "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", f"{name}.key",
                      "-out", f"{name}.csr")
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={hosts}\n")
        self._openssl("x509", "-req", "-days", "2", "-in", f"{name}.csr", "-CA", "ca.pem",
                      "-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.ext",
                      "-out", f"{name}.pem")
        return self.certificate(name), self.key(name)

    def certificate(self, name):
        return str(self.folder / f"{name}.pem")

    def key(self, name):
        return str(self.folder / f"{name}.key")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True,
                       timeout=60)
