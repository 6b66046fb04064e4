"""Which folders the wheel carries; all else about it stands in pyproject.toml."""

from setuptools import find_namespace_packages, setup

FOLDERS = ["engine*", "lab*", "ui*", "pages*", "assets*"]
APPLICATION = "glassbox_playground"

folders = find_namespace_packages(include=FOLDERS, exclude=["*__pycache__"])
setup(
    packages=[
        APPLICATION,
        *(f"{APPLICATION}.{folder}" for folder in folders),
    ],
    package_dir={APPLICATION: "."},
    package_data={
        APPLICATION: [".streamlit/*.toml", "README.md"],
        f"{APPLICATION}.assets": ["**/*"],
    },
)
