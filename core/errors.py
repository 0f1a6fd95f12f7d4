"""The one tree of errors: the caller tries a `Transient` again and sets a `Permanent` aside.

GroundswellError
├── Transient                 try again later
│   ├── BrokerUnavailable     Kafka does not answer
│   ├── DatabaseUnavailable   PostgreSQL does not answer, or asks for a retry
│   ├── SourceUnavailable     a site times out, is overloaded or asks us to wait (`retry_after_s`)
│   └── DeliveryFailed        a webhook receiver may take it later (`retry_after_s`)
└── Permanent                 set aside, with its reason
    ├── MalformedRecord       a Kafka record that is not a batch of posts
    ├── MalformedPost         one post in a record that breaks the contract
    ├── MalformedItem         one item of a feed that cannot become a post
    ├── SourceRefused         a site forbids us, or is not what its address says
    ├── DeliveryRefused       a receiver will never take this notification
    ├── DataRejected          the database refuses a value
    ├── LabelRefused          what somebody chose is no label of its task, or its post is not there
    ├── StateUnreadable       what is remembered of a series was written by another version, or is damaged
    ├── ModelUnusable         weights are missing, damaged or of another shape
    ├── RegistryRefused       the registry of models does not allow this move
    └── SetupError            the machine or the settings are not fit to start
"""


class GroundswellError(Exception):
    """Everything this project raises on purpose."""


class Transient(GroundswellError):
    """The same call may succeed later."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BrokerUnavailable(Transient): ...


class DatabaseUnavailable(Transient): ...


class SourceUnavailable(Transient): ...


class DeliveryFailed(Transient): ...


class Permanent(GroundswellError):
    """The same call will fail again."""


class MalformedRecord(Permanent): ...


class MalformedPost(Permanent): ...


class MalformedItem(Permanent): ...


class SourceRefused(Permanent): ...


class DeliveryRefused(Permanent): ...


class DataRejected(Permanent): ...


class LabelRefused(Permanent): ...


class StateUnreadable(Permanent): ...


class ModelUnusable(Permanent): ...


class RegistryRefused(Permanent): ...


class SetupError(Permanent): ...
