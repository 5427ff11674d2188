"""Neither product nor training: benchmark, sensitivity of the shape features, screenshots."""
