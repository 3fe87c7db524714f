/** What the wheels must fit: the runtime that terraform/inference.tf gives the web app. */
export const PYTHON = '3.12';

/**
 * Platform tags that wheels may have. App Service's image for Python 3.12 is a Debian 12 with glibc
 * 2.36 (from memory); 2.28 is the newest that any wheel of the lock asks for.
 */
export const PLATFORMS = ['manylinux_2_28_x86_64', 'manylinux2014_x86_64', 'manylinux_2_17_x86_64'];

/**
 * Where the wheels lie in the package. App Service's start script puts a folder of this name on
 * Python's path by itself (microsoft/Oryx, python/scriptgenerator.go); serve.py does not rely on it.
 */
export const SITE_PACKAGES = `antenv/lib/python${PYTHON}/site-packages`;

/** Arguments that make pip take wheels for the target, and nothing it would have to run to build. */
export const targetArguments: readonly string[] = [
  ...['--only-binary', ':all:', '--implementation', 'cp', '--python-version', PYTHON],
  ...PLATFORMS.flatMap((platform) => ['--platform', platform]),
];
