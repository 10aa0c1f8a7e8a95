"""Builds what is measured, optimised, into a folder of its own."""
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def build(directory, targets):
    """Configures and builds `targets` in `directory`; what the tools say is shown only when they fail."""
    configure = ["cmake", "-S", ROOT, "-B", directory, "-DCMAKE_BUILD_TYPE=Release", "-DBANTERD_BENCH=ON", "-DBUILD_TESTING=OFF"]
    if shutil.which("ccache"):
        configure.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
    for command in configure, ["cmake", "--build", directory, "--parallel", str(os.cpu_count()), "--target", *targets]:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{done.stdout}\nbench: the build failed: {' '.join(map(str, command))}")
