"""Write .env.example from core/settings.py: `python docs/make_env_example.py`."""

from pathlib import Path

from pydantic import SecretStr

from core.settings import Settings

lines = ["# Every setting with its default. Copy to .env and uncomment what you change."]
for name, field in Settings.model_fields.items():
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    lines += ["", f"# {field.description}", f"#GROUNDSWELL_{name.upper()}={value}"]
(Path(__file__).parents[1] / ".env.example").write_text("\n".join(lines) + "\n")
