#!/usr/bin/python3
"""sbom - what a release consists of, as CycloneDX 1.5 (a bill of materials).

usage: scripts/lib/sbom.py DEPENDENCIES NAME VERSION SECONDS SHA256 COMMIT

DEPENDENCIES is cmake/Dependencies.cmake of the release: its dbs_dependency and
dbs_optional lines are the libraries.  Called by scripts/release.  The same
arguments give the same bytes.
"""
import datetime
import json
import re
import sys
import uuid

# What a library stands under, and what it is for.  One that is missing here is an
# error: somebody has to look at its licence.
KNOWN = {
    'libmariadb': ('LGPL-2.1-or-later', 'the protocol of MySQL and MariaDB, and TLS'),
    'libcrypto': ('Apache-2.0', 'digests with a key'),
    'libxxhash': ('BSD-2-Clause', 'digests of rows'),
    'zlib': ('Zlib', 'compressed events of binary logs are read'),
    'libzstd': ('BSD-3-Clause OR GPL-2.0-only', 'backup points are compressed'),
    'json-c': ('MIT', 'JSON is read and written'),
    'libmicrohttpd': ('LGPL-2.1-or-later', 'HTTP of dbsync serve; a build can do without'),
    'check': ('LGPL-2.1-or-later', 'unit tests; no part of the program'),
}
OF_TESTS = {'check'}


def libraries(text):
    """(pkg-config module, Debian package) of each dbs_dependency and dbs_optional line."""
    found = re.findall(r'^\s*dbs_(?:dependency|optional)\(\w+ (\S+) (\S+?)[ )]', text, re.MULTILINE)
    for module, _ in found:
        if module not in KNOWN:
            sys.exit(f'sbom: {module} is new: add its licence to scripts/lib/sbom.py')
    return found


def component(module, package):
    licence, purpose = KNOWN[module]
    return {
        'type': 'library',
        'bom-ref': module,
        'name': module,
        'description': purpose,
        'scope': 'excluded' if module in OF_TESTS else 'required',
        'licenses': [{'expression': licence}],
        'purl': f'pkg:deb/debian/{package}',
        'properties': [{'name': 'dbsync:pkg-config', 'value': module},
                       {'name': 'dbsync:linked', 'value': 'no' if module in OF_TESTS else 'dynamically'}],
    }


def bill(path, name, version, seconds, sha256, commit):
    with open(path, encoding='utf-8') as file:
        found = libraries(file.read())
    time = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    return {
        '$schema': 'http://cyclonedx.org/schema/bom-1.5.schema.json',
        'bomFormat': 'CycloneDX',
        'specVersion': '1.5',
        'serialNumber': f'urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f"{name}-{version}-{sha256}")}',
        'version': 1,
        'metadata': {
            'timestamp': time.strftime('%Y-%m-%dT%H:%M:%SZ'),
            'component': {
                'type': 'application',
                'bom-ref': name,
                'name': name,
                'version': version,
                'licenses': [{'license': {'id': 'MIT'}}],
                'hashes': [{'alg': 'SHA-256', 'content': sha256}],
                'properties': [{'name': 'dbsync:commit', 'value': commit},
                               {'name': 'dbsync:tarball', 'value': f'{name}-{version}.tar.xz'}],
            },
        },
        'components': [component(*one) for one in found],
        'dependencies': [{'ref': name, 'dependsOn': [module for module, _ in found if module not in OF_TESTS]},
                         *({'ref': module} for module, _ in found)],
    }


def main(words):
    if len(words) != 6:
        sys.exit(__doc__)
    json.dump(bill(*words), sys.stdout, indent=2)
    print()


main(sys.argv[1:])
