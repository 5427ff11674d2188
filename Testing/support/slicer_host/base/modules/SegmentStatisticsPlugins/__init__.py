"""Stand-in of the package that holds Segment Statistics plugins."""

from SegmentStatisticsPlugins.SegmentStatisticsPluginBase import SegmentStatisticsPluginBase

__all__ = ["SegmentStatisticsPluginBase"]
