"""`context.data_sources.add_polars(...)`: a datasource and an asset for Polars frames."""

from __future__ import annotations

from typing import Any, ClassVar, List, Literal, Optional, Sequence, Type  # noqa: UP035 - pydantic 1 reads these

import polars as pl
from great_expectations.compatibility import pydantic
from great_expectations.core.batch import LegacyBatchDefinition
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.core.batch_spec import RuntimeDataBatchSpec
from great_expectations.core.id_dict import IDDict
from great_expectations.datasource.fluent import BatchRequest
from great_expectations.datasource.fluent.interfaces import Batch, DataAsset, Datasource
from great_expectations.exceptions import InvalidBatchRequestError
from great_expectations.exceptions.exceptions import BuildBatchRequestError

from auditor.suites.gx.engine import PolarsExecutionEngine


def _is_frame(value: object) -> bool:
    return isinstance(value, pl.DataFrame | pl.LazyFrame)


class PolarsFrameAsset(DataAsset):  # type: ignore[misc] # untyped base
    """A Polars DataFrame or LazyFrame that is given when the batch is asked for, as `{"dataframe": frame}`."""

    type: Literal["polars_frame"] = "polars_frame"

    class Config:
        """Unknown settings are errors."""

        extra = pydantic.Extra.forbid

    def test_connection(self) -> None:
        """There is nothing to connect to."""

    def get_batch_parameters_keys(self, partitioner: Any = None) -> tuple[str, ...]:  # noqa: ARG002 - interface
        """Names of the batch parameters."""
        return ("dataframe",)

    def get_batch_identifiers_list(self, batch_request: BatchRequest) -> list[dict[str, Any]]:
        """Identifiers of the one batch of a request."""
        return [IDDict(batch_request.options)]

    def add_batch_definition_whole_dataframe(self, name: str) -> BatchDefinition:
        """A batch definition that asks for the whole frame."""
        return self.add_batch_definition(name=name, partitioner=None)

    def build_batch_request(
        self, options: dict[str, Any] | None = None, batch_slice: Any = None, partitioner: Any = None
    ) -> BatchRequest:
        """A batch request for `options={"dataframe": frame}`. Raises `BuildBatchRequestError` for anything else."""
        if batch_slice is not None or partitioner is not None:
            raise BuildBatchRequestError(message="a Polars frame is one batch: no batch_slice, no partitioner")
        if options is None or set(options) != {"dataframe"}:
            raise BuildBatchRequestError(message="options must contain exactly 1 key, 'dataframe'.")
        if not _is_frame(options["dataframe"]):
            raise BuildBatchRequestError(
                message=f"'dataframe' must be a polars DataFrame or LazyFrame, not {type(options['dataframe']).__name__}"
            )
        return BatchRequest(datasource_name=self.datasource.name, data_asset_name=self.name, options=options)

    def _validate_batch_request(self, batch_request: BatchRequest) -> None:
        fits = (
            batch_request.datasource_name == self.datasource.name
            and batch_request.data_asset_name == self.name
            and set(batch_request.options or {}) == {"dataframe"}
            and _is_frame(batch_request.options["dataframe"])
        )
        if not fits:
            raise InvalidBatchRequestError(
                f"BatchRequest must name datasource {self.datasource.name!r}, asset {self.name!r} and "
                "options {'dataframe': a polars frame}"
            )

    def get_batch(self, batch_request: BatchRequest) -> Batch:
        """The batch of a request."""
        self._validate_batch_request(batch_request)
        spec = RuntimeDataBatchSpec(batch_data=batch_request.options["dataframe"])
        data, markers = self.datasource.get_execution_engine().get_batch_data_and_markers(spec)
        definition = LegacyBatchDefinition(
            datasource_name=self.datasource.name,
            data_connector_name="fluent",
            data_asset_name=self.name,
            batch_identifiers=IDDict({"dataframe": "<DATAFRAME>"}),
            batch_spec_passthrough=None,
        )
        return Batch(
            datasource=self.datasource,
            data_asset=self,
            batch_request=batch_request,
            data=data,
            metadata={},
            batch_markers=markers,
            batch_spec=spec,
            batch_definition=definition,
        )


class PolarsDatasource(Datasource):  # type: ignore[misc] # untyped base
    """A datasource of Polars frames, run by `PolarsExecutionEngine`."""

    asset_types: ClassVar[Sequence[Type[DataAsset]]] = [PolarsFrameAsset]  # noqa: UP006 - pydantic 1 reads these

    type: Literal["polars"] = "polars"
    assets: List[PolarsFrameAsset] = []  # noqa: UP006, RUF012 - as above

    @property
    def execution_engine_type(self) -> Type[PolarsExecutionEngine]:  # noqa: UP006 - as above
        """The engine's class."""
        return PolarsExecutionEngine

    def test_connection(self, test_assets: bool = True) -> None:
        """There is nothing to connect to."""

    def add_dataframe_asset(self, name: str, batch_metadata: Optional[dict[str, Any]] = None) -> PolarsFrameAsset:  # noqa: UP045
        """Add an asset for frames that are given at run time."""
        asset: PolarsFrameAsset = self._add_asset(PolarsFrameAsset(name=name, batch_metadata=batch_metadata or {}))
        return asset
